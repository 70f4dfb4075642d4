/* Memory from the heap, with a switch that lets a test fail the n-th request.
 * All rooms allocate through here.  Any thread; mem_fail_at() is per thread. */
#pragma once
#include "base/util.h"

/* NULL when out of memory.  Never more than PTRDIFF_MAX bytes.  mem_new0 is zeroed. */
void *mem_alloc(size_t bytes) _must_check_;
void *mem_new0(size_t count, size_t each) _must_check_;
void *mem_resize(void *p, size_t bytes) _must_check_; /* p stays valid when this fails */
void *mem_array(void *p, size_t count, size_t each) _must_check_; /* resize, overflow-checked */
/* Zeroed; on a cache line, and in large pages where the system has them: for tables that are looked into
 * at random, where a miss of the small pages' cache costs more than that of the memory.  Freed by mem_free. */
void *mem_table(size_t count, size_t each) _must_check_;
char *mem_strdup(const char *s) _must_check_;
char *mem_strndup(const char *s, size_t len) _must_check_;
void mem_free(void *p);

static inline void mem_freep(void *pp)
{
	void *p;
	memcpy(&p, pp, sizeof(p));
	mem_free(p);
}

/* The n-th next request of this thread fails (0 = the next one), -1 = none. */
void mem_fail_at(long n);
