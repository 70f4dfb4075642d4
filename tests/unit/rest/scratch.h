/* A folder of scripts, and a door to it. */
#pragma once
#include "unit.h"

#include "rest/rest.h"

#include <ftw.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static const struct scope *everything;

static int scratch_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int start(void **st)
{
	(void)st;
	snprintf(folder, sizeof(folder), "/tmp/weir-rest.XXXXXX");
	return mkdtemp(folder) && scope_everything(&everything) == OK ? 0 : -1;
}

static int stop(void **st)
{
	(void)st;
	scope_free(everything);
	return nftw(folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct rest *open_rest(void)
{
	struct rest *r;
	assert_int_equal(rest_new(&(struct rest_options){ .folder = folder }, &r), OK);
	return r;
}
