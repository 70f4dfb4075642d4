/* Memory of a run: taken before it is asked for, by any thread. */
#pragma once
#include "base/err.h"

#include <stdatomic.h>
#include <stddef.h>

struct quota {
	size_t max;
	_Atomic size_t used;
};

enum err quota_take(struct quota *q, size_t bytes) _must_check_;
void quota_give(struct quota *q, size_t bytes);
/* A larger array: *p holds `have` items and gets room for `want`; new room is zeroed. */
enum err quota_grow(struct quota *q, void *p, size_t *have, size_t want, size_t each) _must_check_;
void quota_free(struct quota *q, void *p, size_t have, size_t each); /* p: pointer to the pointer */
