/* base: files, zones, checksums, messages. */
#include "unit.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/zone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int scratch(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/weir-base.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int sweep(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void closedirp(DIR **d)
{
	closedir(*d);
}

static void file_replaces_whole_or_not(void **state)
{
	(void)state;
	struct buf b = { 0 };
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(file_write_at(dir, "f", "first", 5), OK);
	assert_int_equal(file_write_at(dir, "f", "second", 6), OK);
	assert_int_equal(file_read_at(dir, "f", &b), OK);
	assert_string_equal(buf_str(&b), "second");
	assert_int_equal(mkdirat(dir, "d", 0755), 0);
	assert_int_equal(file_write_at(dir, "d", "x", 1), E_IO); /* a folder is in the way */
	size_t entries = 0;
	_cleanup_(closedirp) DIR *left = opendir(folder);
	while (readdir(left))
		entries++;
	assert_int_equal(entries, 4); /* "f", "d", and two that each folder has: no temporary file */
	assert_int_equal(file_read_at(dir, "none", &b), E_IO);
	assert_int_equal(errno, ENOENT);
	buf_free(&b);
	close(dir);
}

static void file_read_stops_at_the_ceiling(void **state)
{
	(void)state;
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(file_write_at(dir, "ten", "0123456789", 10), OK);
	struct buf b = { .ceiling = 10 }, small = { .ceiling = 9 };
	assert_int_equal(file_read_at(dir, "ten", &b), OK);
	assert_int_equal(b.len, 10);
	assert_int_equal(file_read_at(dir, "ten", &small), E_LIMIT);
	assert_int_equal(file_read_at(dir, "ten", &small), E_LIMIT); /* and it stays so */
	buf_free(&b);
	buf_free(&small);
	close(dir);
}

/* Long data goes by several pieces side by side: the same as byte after byte. */
static void crc32c_of_long_data(void **state)
{
	static uint8_t data[10000];
	uint32_t crc = 7;
	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i >> 3 ^ i);
	for (size_t len = 0; len < sizeof(data); len++) {
		if (len % 61 == 0 || len % 1536 < 2)
			assert_int_equal(crc32c(7, data, len), crc);
		crc = crc32c(crc, data + len, 1);
	}
}

static void crc32c_matches_the_known_value(void **state)
{
	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283); /* RFC 3720 B.4's polynomial */
	uint8_t zeros[32] = { 0 };
	assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static const struct zone *zone_of(const char *name)
{
	const struct zone *z;
	assert_int_equal(zone_find(name, &z), OK);
	return z;
}

static usec_t at(const char *zone, int y, int mo, int d, int h, int mi)
{
	return zone_utc(zone_of(zone), (struct civil){ .year = y, .month = mo, .day = d, .hour = h, .minute = mi });
}

static void zones_know_daylight_saving(void **state)
{
	(void)state;
	assert_true(at("Europe/Zurich", 2026, 1, 1, 0, 0) == 1767222000 * USEC_PER_SEC);
	/* 2026-03-29 has 23 hours, 2026-10-25 has 25. */
	assert_true(at("Europe/Zurich", 2026, 3, 30, 0, 0) - at("Europe/Zurich", 2026, 3, 29, 0, 0) == 23 * USEC_PER_HOUR);
	assert_true(at("Europe/Zurich", 2026, 10, 26, 0, 0) - at("Europe/Zurich", 2026, 10, 25, 0, 0) == 25 * USEC_PER_HOUR);
	/* 02:30 happens twice on the second day: the first is meant. */
	assert_true(at("Europe/Zurich", 2026, 10, 25, 2, 30) == at("UTC", 2026, 10, 25, 0, 30));
	/* Fields out of range are carried. */
	assert_true(at("UTC", 2026, 13, 0, 0, 0) == at("UTC", 2026, 12, 31, 0, 0));
}

static void zones_print_iso(void **state)
{
	(void)state;
	char text[40];
	usec_t t = at("UTC", 2026, 11, 23, 6, 24);
	assert_string_equal(zone_iso(zone_of("UTC"), t, text), "2026-11-23T06:24:00+00:00");
	assert_string_equal(zone_iso(zone_of("Asia/Kolkata"), t, text), "2026-11-23T11:54:00+05:30");
	assert_string_equal(zone_iso(zone_of("America/New_York"), t, text), "2026-11-23T01:24:00-05:00");
	assert_int_equal(zone_civil(zone_of("UTC"), t).weekday, 0); /* a Monday */
	assert_string_equal(zone_iso(zone_of("UTC"), -1, text), "1969-12-31T23:59:59+00:00");
}

static void zones_refuse_what_is_none(void **state)
{
	(void)state;
	const struct zone *z;
	static const char *const bad[] = { "/etc/passwd", "../../etc/passwd", "Europe/Nowhere", ":/etc/localtime", "UTC;x",
					   "Europe", "leapseconds", "Europe//Zurich" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(zone_find(bad[i], &z), E_UNKNOWN);
}

static void problems_are_cut_visibly(void **state)
{
	(void)state;
	struct problem p;
	char longer[600];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(problem_at(&p, E_SYNTAX, 20, "%s", longer), E_SYNTAX);
	assert_int_equal(p.pos, 20);
	assert_string_equal(p.text + sizeof(p.text) - 4, "...");
	assert_int_equal(problem_set(NULL, E_LIMIT, "nobody listens"), E_LIMIT);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(file_replaces_whole_or_not, scratch, sweep),
	  cmocka_unit_test_setup_teardown(file_read_stops_at_the_ceiling, scratch, sweep),
	  cmocka_unit_test(crc32c_matches_the_known_value), cmocka_unit_test(crc32c_of_long_data), cmocka_unit_test(zones_know_daylight_saving),
	  cmocka_unit_test(zones_print_iso), cmocka_unit_test(zones_refuse_what_is_none),
	  cmocka_unit_test(problems_are_cut_visibly))
