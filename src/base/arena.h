/* An arena: allocate freely, free nothing, reset at the end of a lifetime
 * (one datagram, one request, one query).  One thread at a time. */
#pragma once
#include "base/util.h"

struct arena {
	struct arena_block *now; /* newest block; older ones hang behind it */
	size_t used;             /* bytes handed out since the last reset */
	size_t ceiling;          /* refuse beyond this many bytes; 0 = 1 GB */
};

/* A zeroed struct arena is ready to use. */
void *arena_alloc(struct arena *a, size_t bytes) _must_check_;  /* 16-aligned, not zeroed; NULL = full */
void *arena_new0(struct arena *a, size_t count, size_t each) _must_check_;
char *arena_strndup(struct arena *a, const char *s, size_t len) _must_check_;
char *arena_printf(struct arena *a, const char *fmt, ...) _printf_(2, 3) _must_check_;

void arena_reset(struct arena *a); /* everything handed out is gone; keeps one block */
void arena_free(struct arena *a);  /* likewise, and gives all memory back */
