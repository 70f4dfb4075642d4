/* One column of several segments side by side, its rows in a new order: as codes into one
 * dictionary, or as numbers.
 *
 * Rows are read as they lie and written where they go: sorted rows are runs, of a port each, and the
 * ends of all runs stay in the processor's cache, where reading in the new order would find each row
 * in a line of its own. */
#pragma once
#include "store/dict.h"
#include "store/store.h"

struct gathered {
	struct dict dict; /* its keys are sorted; empty: numbers */
	void *codes;      /* NULL: all rows have the one key */
	unsigned width;   /* bytes of a code: 1, 2 or 4 */
	uint64_t *numbers;
	uint64_t base;    /* narrow numbers: base + step * codes[], 4 bytes each */
	uint32_t step;    /* 0: they are not narrow */
	size_t rows;
	bool coded;
	void *memory;     /* of codes or numbers; kept for the next column, as fresh memory is dear */
	size_t room;      /* bytes of it */
	uint64_t *block;
};

/* A zeroed struct gathered is ready; it may be used for one column after the other. */
void gathered_free(struct gathered *g);

/* place: where each row goes; NULL: it stays where it is.  The column is prepared and the segments are released
 * again.  Times, and numbers that are not codes in each of the segments, come as numbers (narrow ones when
 * those of all segments are, by the step that is asked for), addresses always as codes. */
struct gather_what {
	const struct table *table;
	size_t col;
	const uint32_t *place;
	uint32_t step;
	bool wide; /* codes in 4 bytes, however few they are */
};
enum err gather(struct seg *const *seg, size_t nseg, const struct gather_what *what, struct gathered *g) _must_check_;
