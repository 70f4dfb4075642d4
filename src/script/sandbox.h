/* The walls of a script's processes.  Once up they cannot be taken down by the process.
 *
 * worker:  one socket, no files, no network, no new processes or threads, no executable memory;
 *          CPU and address space bounded.
 * drawer:  the same, but fonts (and nothing else) may be opened for reading where the kernel has
 *          Landlock; where it has not, no file at all. */
#pragma once
#include "base/err.h"

/* In a fresh fork: the process ends with its parent, and holds no descriptor but *fd (moved to 3)
 * and /dev/null on 0, 1 and 2. */
enum err sandbox_alone(int *fd) _must_check_;

struct sandbox {
	unsigned cpu_s;      /* SIGXCPU at this, SIGKILL a second later; counted from process start */
	size_t heap_bytes;   /* address space beyond what the process has now */
	bool fonts;          /* the drawer's exception */
};
enum err sandbox_close(const struct sandbox *s, struct problem *why) _must_check_;

/* Give the next job of a drawer cpu_s seconds from now. */
void sandbox_cpu_from_now(unsigned cpu_s);
