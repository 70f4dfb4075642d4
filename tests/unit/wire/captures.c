/* Captures that others made, against the totals that an independent program counted in them
 * (index.json beside the captures, read through captures.py).  Skipped where they are absent:
 * WEIR_CAPTURES, else ../shared/captures. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"
#include "wire/wire.h"

/* Where we count differently, and why. */
static const struct exception {
	const char *file, *why;
} exceptions[] = {
	{ NULL, NULL },
};

struct line {
	char file[200];
	uint64_t n[10];
};

static const char *const columns[] = { "datagrams",       "flow_records",  "option_records", "templates",
				       "flow_samples",    "counter_samples", "drop_samples", "bytes",
				       "frames",          "estimated sFlow bytes" };

static bool excepted(const char *file)
{
	for (size_t i = 0; i < COUNT_OF(exceptions); i++)
		if (exceptions[i].file && STREQ(exceptions[i].file, file))
			return true;
	return false;
}

static void decode(const char *path, struct wire_totals *ret)
{
	struct wire *w;
	struct wire_sink sink = { 0 };
	struct capture *c;
	struct datagram d;
	struct problem why = { 0 };
	enum err e;

	assert_int_equal(wire_new(&sink, &w), OK);
	if (capture_open(path, &c, &why) != OK)
		fail_msg("%s: %s", path, why.text);
	while ((e = capture_next(c, &d, &why)) == OK)
		wire_decode(w, &d);
	if (e != E_UNKNOWN)
		fail_msg("%s: %s", path, why.text);
	*ret = *wire_totals(w);
	capture_close(c);
	wire_free(w);
}

static unsigned compare(const char *folder, const struct line *want)
{
	char path[512];
	struct wire_totals t;
	unsigned wrong = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, want->file);
	decode(path, &t);
	const uint64_t got[] = { t.datagrams,       t.flow_records, t.option_records, t.templates, t.flow_samples,
				 t.counter_samples, t.drop_samples, t.bytes,          t.frames,
				 t.flow_samples ? t.estimated_bytes : 0 };
	size_t n = t.flow_records ? COUNT_OF(got) - 1 : COUNT_OF(got); /* rates of samples only */
	for (size_t i = 0; i < n; i++)
		if (got[i] != want->n[i]) {
			printf("# %s: %s %" PRIu64 ", the reference says %" PRIu64 "\n", want->file, columns[i], got[i],
			       want->n[i]);
			wrong++;
		}
	return wrong;
}

static void totals_are_those_of_the_reference(void **state _unused_)
{
	const char *folder = getenv("WEIR_CAPTURES") ? getenv("WEIR_CAPTURES") : "../shared/captures";
	char command[1024];
	snprintf(command, sizeof(command), "%s/index.json", folder);
	if (access(command, R_OK) != 0 || system("python3 -c '' 2>/dev/null") != 0) {
		printf("# no captures in %s, or no python3\n", folder);
		skip();
	}
	snprintf(command, sizeof(command), "python3 tests/unit/wire/captures.py '%s'", folder);
	FILE *table = popen(command, "r");
	assert_non_null(table);
	struct line l;
	unsigned files = 0, wrong = 0;
	while (fscanf(table, "%199s", l.file) == 1) {
		for (size_t i = 0; i < COUNT_OF(l.n); i++)
			assert_int_equal(fscanf(table, "%" SCNu64, &l.n[i]), 1);
		files++;
		wrong += excepted(l.file) ? 0 : compare(folder, &l) != 0;
	}
	assert_int_equal(pclose(table), 0);
	printf("# %u captures, %u differ\n", files, wrong);
	assert_true(files > 100);
	assert_int_equal(wrong, 0);
}

UNIT_MAIN(cmocka_unit_test(totals_are_those_of_the_reference))
