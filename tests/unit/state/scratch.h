/* A state folder of its own for each test. */
#pragma once
#include "unit.h"

#include "state/state.h"

#include <ftw.h>
#include <unistd.h>

static char scratch[64];

static int scratch_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static struct state *scratch_open(void)
{
	struct state *s = NULL;
	struct problem why = { 0 };
	snprintf(scratch, sizeof(scratch), "/tmp/weir-state.XXXXXX");
	assert_non_null(mkdtemp(scratch));
	if (state_open(scratch, &s, &why) != OK)
		fail_msg("%s", why.text);
	return s;
}

static void scratch_close(struct state *s)
{
	state_close(s);
	assert_int_equal(nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#define NOW (1767225600 * USEC_PER_SEC) /* 2026-01-01T00:00:00Z */
