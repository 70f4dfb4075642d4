/* A line on standard error that says how far a long call of the store is; on a terminal only. */
#pragma once
#include "store/store.h"

struct watching {
	struct store_watch watch;
	usec_t shown; /* when it last was; 0: it was not */
};

/* For the store's options; NULL: nobody looks. */
const struct store_watch *watching_begin(struct watching *w);
void watching_end(struct watching *w); /* the line goes */
