/* What readers share: read.c and check.c. */
#pragma once
#include "store/layout.h"

struct journal;

/* The folder of a store, opened; E_UNKNOWN when there is none. */
enum err reader_folder(const char *path, int *ret_fd, unsigned *ret_version, int *ret_pid,
		       struct problem *why) _must_check_;

/* The journal that MANIFEST names; an empty one when it names none.  E_UNKNOWN: the file is gone. */
enum err reader_journal(int folder, const struct table *t, const struct manifest_table *m,
			struct journal *ret) _must_check_;
