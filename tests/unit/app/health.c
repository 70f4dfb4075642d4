#include "unit.h"

#include "app/health.h"
#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct health_row rows[] = {
	{ .address = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } }, .agent = { { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } },
	  .name = "core \"1\", left", .version = WIRE_SFLOW + 5, .domain = 3, .samplingrate = 1000, .rate_from = RATE_HEADER, .datagrams_rate = 12.5,
	  .records_rate = 100, .datagrams = 77, .records = 500, .datagrams_lost = 4, .samples_dropped = 1, .resets = 2,
	  .duplicates = 3, .over = 1, .skew = SKEW_NONE, .first_seen = 1767225600000000, .last_seen = 1767225660000000,
	  .silent = 1767225660000000 },
	{ .address = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, .agent = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, .version = 9,
	  .templates = 5, .skew = -1500000, .first_seen = 1767225600000000, .last_seen = 1767225600000000 },
};

static struct over_row over[] = {
	{ .agent = { { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } }, .ifindex = 7, .ifname = "port7", .speed = 1000000000,
	  .estimate = 2500000000, .minutes = 3, .first = 1767225600000000, .last = 1767225720000000 },
};

static const struct health told = { .when = 1767225661000000, .row = rows, .n = 2, .over = over, .nover = 1 };

struct folder {
	char path[40];
	int fd;
};

static struct folder make_folder(void)
{
	struct folder f = { .path = "/tmp/weir-health.XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY);
	assert_true(f.fd >= 0);
	return f;
}

static void remove_folder(struct folder *f)
{
	unlinkat(f->fd, "status/exporters", 0);
	unlinkat(f->fd, "status", AT_REMOVEDIR);
	close(f->fd);
	rmdir(f->path);
}

static char *printed(void (*print)(const struct health *h, FILE *to), const struct health *h)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	assert_non_null(to);
	print(h, to);
	fclose(to);
	return text;
}

static void alive_json(const struct health *h, FILE *to)
{
	health_json(h, true, to);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct folder f = make_folder();
	struct health h;
	assert_int_equal(health_read(f.fd, &h), E_UNKNOWN);
	assert_int_equal(health_write(&told, f.fd), OK);
	assert_int_equal(health_read(f.fd, &h), OK);
	assert_int_equal(h.when, told.when);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.nover, 1);
	assert_memory_equal(h.row, rows, sizeof(rows));
	assert_memory_equal(h.over, over, sizeof(over));
	health_free(&h);
	remove_folder(&f);
}

/* Each cut and each changed byte is noticed, and reads nothing behind the end. */
static void damage_is_noticed(void **state)
{
	(void)state;
	struct folder f = make_folder();
	struct buf b = { 0 };
	struct health h;
	assert_int_equal(health_write(&told, f.fd), OK);
	assert_int_equal(file_read_at(f.fd, "status/exporters", &b), OK);
	for (size_t i = 0; i < b.len; i += 7) {
		int fd = openat(f.fd, "status/exporters", O_WRONLY | O_TRUNC);
		assert_int_equal(write_all(fd, b.data, i), OK);
		assert_int_equal(health_read(f.fd, &h), E_CORRUPT);
		assert_int_equal(write_all(fd, "#", 1), OK);
		assert_int_equal(write_all(fd, b.data + i + 1, b.len - i - 1), OK);
		assert_int_equal(health_read(f.fd, &h), E_CORRUPT);
		close(fd);
	}
	buf_free(&b);
	remove_folder(&f);
}

static void it_is_printed_in_three_forms(void **state)
{
	(void)state;
	char *json = printed(alive_json, &told), *csv = printed(health_csv, &told), *table = printed(health_table, &told);
	assert_non_null(strstr(json, "\"collecting\":true"));
	assert_non_null(strstr(json, "{\"exporter\":\"192.0.2.1\",\"agent\":\"10.0.0.1\",\"name\":\"core \\\"1\\\", left\","
				     "\"protocol\":\"sflow5\",\"domain\":3,\"samplingrate\":1000,"));
	assert_non_null(strstr(json, "\"clock_skew\":null,\"over_speed\":1,"));
	assert_non_null(strstr(json, "\"samplingrate\":\"unknown\""));
	assert_non_null(strstr(json, "\"clock_skew\":-1.5,"));
	assert_non_null(strstr(json, "\"silent_since\":\"2026-01-01T00:01:00+00:00\"}"));
	assert_non_null(strstr(json, "\"silent_since\":null}"));
	assert_non_null(strstr(json, "\"speed\":1000000000,\"estimate\":2500000000,"));
	assert_non_null(strstr(csv, "\n192.0.2.1,10.0.0.1,\"core \"\"1\"\", left\",sflow5,3,1000,header,12.5,100.0,77,500,4,0,1,2,3,0,,1,"));
	assert_non_null(strstr(csv, "\n2001:db8::1,2001:db8::1,,netflow9,0,unknown,"));
	assert_non_null(strstr(table, "EXPORTER     AGENT        NAME            PROTOCOL  DOMAIN  SAMPLING"));
	assert_non_null(strstr(table, "10.0.0.1        7  port7   1000000000  2500000000        3"));
	free(json);
	free(csv);
	free(table);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	struct folder f = make_folder();
	assert_int_equal(health_write(&told, f.fd), OK);
	for (long n = 0;; n++) {
		struct health h = { 0 };
		mem_fail_at(n);
		enum err e = health_read(f.fd, &h);
		mem_fail_at(-1);
		health_free(&h);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
	}
	remove_folder(&f);
}

UNIT_MAIN(cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(damage_is_noticed),
	  cmocka_unit_test(it_is_printed_in_three_forms), cmocka_unit_test(every_allocation_may_fail))
