/* Which rows a plan reads by their roll-ups (store/rollup.h): the coarsest that answers exactly.
 *
 *	snapshot   seg seg seg seg | journal            roll-ups that stand alone
 *	            |   |   |   |     |                      |        |        |
 *	read       raw roll roll raw raw                   roll     (gap)    roll, folded
 *	           the edges cut the first and the fourth    the second cannot tell what is asked
 *
 * A roll-up takes the place of its segment when every column that filter, scope and keys read is one of its
 * own, when addresses are not asked for or none was left out, and when neither an edge of the interval, of a
 * bucket, of ownership nor of a test cuts the span of its rows.  That is what local_cols() says of a segment
 * whose span decides all tests of time: a roll-up has no column of times.  Whose rows are is told by its
 * sidecar, or by the scope's predicate where that reads none but its columns.
 *
 * Of counters, level_counters.c.
 *
 * Where rows are gone and roll-ups stand alone, those that cannot tell are gaps of the answer; operators'
 * questions for addresses are answered from roll-ups that have left out some, and the answer says where. */
#pragma once
#include "query/exec.h"

struct level {
	size_t nraw;          /* segments before it was chosen: stand-ins below have their rows beside them */
	size_t beside, alone; /* roll-ups that are read */
	size_t useless;       /* that stand alone and cannot tell: gaps */
	uint64_t rows;        /* of those that are read */
	struct span first_to_last; /* of roll-ups that are read; start >= end: none */
	struct span folded;   /* of those whose left-out addresses were asked for */
	int coarsest;         /* enum rollup_level; -1: none */
};

/* Roll-ups take their places in the snapshot, before it is read. */
enum err level_choose(const struct plan *p, struct store *s, struct snapshot *snap, struct level *ret) _must_check_;
/* Of counters. */
enum err level_counters(const struct plan *p, struct store *s, struct snapshot *snap, struct level *ret) _must_check_;
/* One is read that stands for the span. */
void level_took(struct level *l, const struct snapshot_rollup *r, struct span span);
/* Damaged, replaced, newer than us: without it. */
bool level_passable(enum err e);
/* A roll-up was damaged whose rows are there: they have to be read. */
bool level_failed(const struct level *l, const struct snapshot *snap, const bool *damaged);
