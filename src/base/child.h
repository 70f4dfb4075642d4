/* Processes that belong to this one: what the jail forbids their parent, they do for it. */
#pragma once
#include <sys/types.h>

/* fork().  The child is called name (15 characters at most), ends when its parent does, however that ends, and leaves
 * signals that are sent to the whole group to it.  In the child 0, in the parent the child or -1, errno. */
pid_t child_new(const char *name);
