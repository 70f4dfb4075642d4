#include "unit.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int dir = -1;

static struct addr addr(const char *text)
{
	struct addr a;
	assert_true(addr_parse(text, strlen(text), &a));
	return a;
}

static void note(struct model *m, const char *agent, uint32_t ifindex, const char *name,
		 uint64_t speed)
{
	const struct iface_note n = {
		.agent = addr(agent), .ifindex = ifindex, .name = name, .speed = speed
	};
	assert_int_equal(model_note(m, &n), OK);
}

static void configure(struct model *m, const char *agent, uint32_t ifindex, const char *name,
		      uint64_t speed)
{
	const struct iface_note n = { .agent = addr(agent),
				      .ifindex = ifindex,
				      .name = name,
				      .speed = speed,
				      .configured = true };
	assert_int_equal(model_note(m, &n), OK);
}

static uint32_t at_path(const struct model *m, const char *path)
{
	const struct iface *i = model_path(m, path, strlen(path));
	return i ? i->ifindex : 0;
}

static struct model *reload(struct model *m)
{
	struct model *again;
	struct problem why = { 0 };
	assert_int_equal(model_save(m, dir), OK);
	assert_false(model_changed(m));
	model_free(m);
	if (model_load(dir, &again, &why) != OK)
		fail_msg("%s", why.text);
	assert_false(model_changed(again));
	return again;
}

static void what_exports_tell_is_found_again(void **state)
{
	(void)state;
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	assert_false(model_changed(m));
	note(m, "10.0.0.1", 5, "ethernet5", 1000000000);
	note(m, "10.0.0.1", 6, NULL, 0);
	note(m, "2001:db8::1", 5, "ethernet5", 0);
	assert_true(model_changed(m));
	assert_int_equal(at_path(m, "10.0.0.1>ethernet5"), 5);
	assert_int_equal(at_path(m, "10.0.0.1>5"), 5);
	assert_int_equal(at_path(m, "10.0.0.1>0:6"), 6);
	assert_int_equal(at_path(m, "2001:db8::1>ethernet5"), 5);
	assert_int_equal(at_path(m, "10.0.0.1>7"), 0);
	assert_int_equal(at_path(m, "10.0.0.1>ethernet"), 0);
	assert_int_equal(at_path(m, "10.0.0.2>ethernet5"), 0);
	assert_int_equal(at_path(m, "10.0.0.1>"), 0);
	assert_int_equal(at_path(m, "ethernet5"), 0);
	assert_null(model_path(m, "", 0));

	m = reload(m);
	assert_int_equal(model_size(m), 3);
	assert_string_equal(model_at(m, 0)->name, "ethernet5");
	assert_null(model_at(m, 3));
	const struct addr agent = addr("10.0.0.1");
	assert_int_equal(model_iface(m, &agent, 5)->speed, 1000000000);
	model_free(m);
}

static void a_number_as_a_name_is_a_name_first(void **state)
{
	(void)state;
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	note(m, "10.0.0.1", 7, "12", 0);
	note(m, "10.0.0.1", 12, "x", 0);
	assert_int_equal(at_path(m, "10.0.0.1>12"), 7);
	assert_int_equal(at_path(m, "10.0.0.1>0:12"), 12);
	model_free(m);
}

static void the_order_is_by_agent_then_number(void **state)
{
	(void)state;
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	note(m, "10.0.0.2", 1, "b1", 0);
	note(m, "10.0.0.1", 10, "a10", 0);
	note(m, "10.0.0.1", 9, "a9", 0);
	assert_string_equal(model_at(m, 0)->name, "a9");
	note(m, "10.0.0.1", 1, "a1", 0);
	static const char *const want[] = { "a1", "a9", "a10", "b1" };
	for (size_t i = 0; i < COUNT_OF(want); i++)
		assert_string_equal(model_at(m, i)->name, want[i]);
	assert_null(model_at(m, 4));
	model_free(m);
}

static void the_operators_words_stand(void **state)
{
	(void)state;
	struct model *m;
	const struct addr agent = addr("10.0.0.1");
	assert_int_equal(model_new(&m), OK);
	note(m, "10.0.0.1", 5, "told", 100);
	configure(m, "10.0.0.1", 5, "named", 0);
	note(m, "10.0.0.1", 5, "told", 200);
	assert_string_equal(model_iface(m, &agent, 5)->name, "named");
	assert_int_equal(model_iface(m, &agent, 5)->speed, 200); /* speed was left open */
	assert_int_equal(at_path(m, "10.0.0.1>told"), 0);
	configure(m, "10.0.0.1", 5, NULL, 1000);
	note(m, "10.0.0.1", 5, NULL, 200);
	assert_int_equal(model_iface(m, &agent, 5)->speed, 1000);
	m = reload(m);
	note(m, "10.0.0.1", 5, "told", 200);
	assert_string_equal(model_iface(m, &agent, 5)->name, "named");
	assert_int_equal(model_iface(m, &agent, 5)->speed, 1000);
	model_free(m);
}

static void a_name_moves_with_a_renumbered_device(void **state)
{
	(void)state;
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	note(m, "10.0.0.1", 5, "e5", 0);
	note(m, "10.0.0.1", 105, "e5", 0); /* after a restart */
	note(m, "10.0.0.1", 205, "e5", 0);
	assert_int_equal(at_path(m, "10.0.0.1>e5"), 205);
	note(m, "10.0.0.1", 205, "other", 0);
	assert_int_equal(at_path(m, "10.0.0.1>e5"), 105); /* the newest that still has it */
	note(m, "10.0.0.1", 105, "gone", 0);
	assert_int_equal(at_path(m, "10.0.0.1>e5"), 5);
	note(m, "10.0.0.1", 5, "gone too", 0);
	assert_int_equal(at_path(m, "10.0.0.1>e5"), 0);
	assert_int_equal(at_path(m, "10.0.0.1>gone too"), 5);
	/* one that the operator named is not pushed aside */
	configure(m, "10.0.0.1", 5, "e5", 0);
	note(m, "10.0.0.1", 305, "e5", 0);
	assert_int_equal(at_path(m, "10.0.0.1>e5"), 5);
	model_free(m);
}

static void the_last_seen_of_one_name_has_it_after_loading(void **state)
{
	(void)state;
	struct model *m;
	assert_int_equal(model_new(&m), OK);
	struct iface_note n = {
		.agent = addr("10.0.0.1"), .ifindex = 9, .name = "e", .when = 1000
	};
	assert_int_equal(model_note(m, &n), OK);
	n.ifindex = 3;
	n.when = 2000;
	assert_int_equal(model_note(m, &n), OK);
	assert_int_equal(at_path(m, "10.0.0.1>e"), 3);
	m = reload(m);
	assert_int_equal(at_path(m, "10.0.0.1>e"), 3);
	model_free(m);
}

static void being_seen_again_is_no_news_for_an_hour(void **state)
{
	(void)state;
	struct model *m;
	struct iface_note n = { .agent = addr("10.0.0.1"), .ifindex = 9, .when = USEC_PER_DAY };
	assert_int_equal(model_new(&m), OK);
	assert_int_equal(model_note(m, &n), OK);
	m = reload(m);
	n.when += USEC_PER_HOUR - 1;
	assert_int_equal(model_note(m, &n), OK);
	assert_false(model_changed(m));
	assert_int_equal(model_at(m, 0)->last_seen, n.when);
	n.when += 1;
	assert_int_equal(model_note(m, &n), OK);
	assert_true(model_changed(m));
	assert_int_equal(model_at(m, 0)->first_seen, USEC_PER_DAY);
	model_free(m);
}

static void any_name_survives_the_file(void **state)
{
	(void)state;
	struct model *m;
	char longer[400];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[399] = 0;
	memcpy(longer + 254, "\xc3\xa4", 2); /* a character over the edge of 255 */
	static const char *const names[] = { "a\tb\nc",  "back\\slash", "\\x41",   "Zo\xc3\xab",
					     " blanks ", "#",           "end 1 2", "\x01\x1f\x7f" };
	assert_int_equal(model_new(&m), OK);
	for (uint32_t i = 0; i < COUNT_OF(names); i++) {
		const struct iface_note n = { .agent = addr("10.0.0.1"),
					      .ifindex = i + 1,
					      .name = names[i],
					      .alias = names[i],
					      .type = 6,
					      .when = 5000000 };
		assert_int_equal(model_note(m, &n), OK);
	}
	note(m, "10.0.0.1", 100, longer, UINT64_MAX);
	m = reload(m);
	for (uint32_t i = 0; i < COUNT_OF(names); i++) {
		assert_string_equal(model_at(m, i)->name, names[i]);
		assert_string_equal(model_at(m, i)->alias, names[i]);
	}
	assert_int_equal(strlen(model_at(m, COUNT_OF(names))->name), 254);
	model_free(m);
}

/* Without the fsyncs of file_write_at: there are hundreds of these. */
static void put_file(const void *data, size_t len)
{
	int fd = openat(dir, "model/interfaces", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, len), OK);
	close(fd);
}

static void a_file_that_was_touched_is_refused(void **state)
{
	(void)state;
	struct model *m;
	struct problem why;
	struct buf good = { 0 };
	assert_int_equal(model_new(&m), OK);
	note(m, "10.0.0.1", 5, "ethernet5", 1000000000);
	note(m, "10.0.0.1", 6, "ethernet6", 0);
	assert_int_equal(model_save(m, dir), OK);
	model_free(m);
	assert_int_equal(file_read_at(dir, "model/interfaces", &good), OK);

	for (size_t i = 0; i < good.len; i++) { /* every byte changed, every cut */
		good.data[i] ^= 0x15;
		put_file(good.data, good.len);
		enum err e = model_load(dir, &m, &why);
		assert_true(e == E_CORRUPT || e == E_VERSION);
		good.data[i] ^= 0x15;
		if (i % 7 == 0) {
			put_file(good.data, i);
			assert_int_equal(model_load(dir, &m, &why), E_CORRUPT);
		}
	}
	static const char newer[] = "weir interfaces 2\nend 0 00000000\n";
	put_file(newer, strlen(newer));
	assert_int_equal(model_load(dir, &m, &why), E_VERSION);
	assert_int_equal(unlinkat(dir, "model/interfaces", 0), 0);
	assert_int_equal(model_load(dir, &m, &why), OK); /* absent: an empty model */
	assert_int_equal(model_size(m), 0);
	model_free(m);
	buf_free(&good);
}

/* -- names files --------------------------------------------------------------------------- */

static enum err read_names(struct model *m, const char *text, struct problem *why)
{
	char path[80];
	snprintf(path, sizeof(path), "%s/names", folder);
	assert_int_equal(file_write_at(AT_FDCWD, path, text, strlen(text)), OK);
	*why = (struct problem){ 0 };
	return model_read_names(m, path, why);
}

static void a_names_file_names_interfaces(void **state)
{
	(void)state;
	struct model *m;
	struct problem why;
	const struct addr agent = addr("10.0.0.1");
	assert_int_equal(model_new(&m), OK);
	assert_int_equal(read_names(m,
				    "# names\n\n10.0.0.1,5,ethernet5,1G\r\n  10.0.0.1 , 6 , e 6 \n"
				    "10.0.0.1,7,\"a, \"\"b\"\"\",\n2001:db8::1,5,ethernet5",
				    &why),
			 OK);
	assert_int_equal(model_size(m), 4);
	assert_int_equal(model_iface(m, &agent, 5)->speed, 1000000000);
	assert_true(model_iface(m, &agent, 5)->configured);
	assert_string_equal(model_iface(m, &agent, 6)->name, "e 6");
	assert_string_equal(model_iface(m, &agent, 7)->name, "a, \"b\"");
	assert_int_equal(at_path(m, "2001:db8::1>ethernet5"), 5);
	model_free(m);
}

static void a_wrong_names_file_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text, *what;
	} wrong[] = {
		{ "10.0.0.1,5\n", ":1: wanted agent,ifIndex,ifName[,speed]" },
		{ "10.0.0.1,5,e,1G,x\n", ":1: too many columns" },
		{ "10.0.0.1,1,a\nswitch,5,e\n", ":2: agent is not an address" },
		{ "::,5,e\n", ":1: agent is not an address" },
		{ "10.0.0.1,0,e\n", ":1: ifIndex must be 1..4294967295" },
		{ "10.0.0.1,4294967296,e\n", ":1: ifIndex must be" },
		{ "10.0.0.1,five,e\n", ":1: ifIndex must be" },
		{ "10.0.0.1,5,\n", ":1: ifName is empty" },
		{ "10.0.0.1,5,a\x07\n", ":1: ifName is empty or has control" },
		{ "10.0.0.1,5,e,fast\n", ":1: speed must be" },
		{ "10.0.0.1,5,\"e\n", ":1: a quoted name has no closing" },
		{ "10.0.0.1,5,\"e\"x\n", ":1: wanted a comma" },
		{ "10.0.0.1,5,a\n#\n10.0.0.1,5,b\n", ":3: this agent's ifIndex is in line 1" },
		{ "10.0.0.1,5,a\n10.0.0.1,6,a\n", ":2: this agent's ifName is in line 1" },
	};
	struct model *m;
	struct problem why;
	assert_int_equal(model_new(&m), OK);
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_int_equal(read_names(m, wrong[i].text, &why), E_SYNTAX);
		if (!strstr(why.text, wrong[i].what))
			fail_msg("\"%s\" is not in \"%s\"", wrong[i].what, why.text);
		assert_int_equal(model_size(m), 0);
	}
	assert_int_equal(model_read_names(m, "/tmp/weir-there-is-no-such-file", &why), E_IO);
	assert_non_null(strstr(why.text, "No such file"));
	model_free(m);
}

/* -- memory ---------------------------------------------------------------------------------- */

static enum err learn_save_load(void)
{
	_cleanup_(model_freep) struct model *m = NULL;
	_cleanup_(model_freep) struct model *again = NULL;
	char name[16];
	enum err e = model_new(&m);
	for (uint32_t i = 1; e == OK && i < 30; i++) {
		snprintf(name, sizeof(name), "e%u", i % 20);
		const struct iface_note n = {
			.agent = addr("10.0.0.1"), .ifindex = i, .name = name, .alias = name
		};
		e = model_note(m, &n);
	}
	if (e == OK)
		e = model_save(m, dir);
	return e == OK ? model_load(dir, &again, NULL) : e;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	for (long n = 0;; n++) {
		mem_fail_at(n);
		enum err e = learn_save_load();
		mem_fail_at(-1);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
	}
}

static int enter(void **state)
{
	(void)state;
	/* in memory where that is possible: what is tested here is not the disk */
	snprintf(folder, sizeof(folder), "%s/weir-model.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int leave(void **state)
{
	(void)state;
	unlinkat(dir, "names", 0);
	unlinkat(dir, "model/interfaces", 0);
	unlinkat(dir, "model", AT_REMOVEDIR);
	close(dir);
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_exports_tell_is_found_again),
		cmocka_unit_test(a_number_as_a_name_is_a_name_first),
		cmocka_unit_test(the_order_is_by_agent_then_number),
		cmocka_unit_test(the_operators_words_stand),
		cmocka_unit_test(a_name_moves_with_a_renumbered_device),
		cmocka_unit_test(the_last_seen_of_one_name_has_it_after_loading),
		cmocka_unit_test(being_seen_again_is_no_news_for_an_hour),
		cmocka_unit_test(any_name_survives_the_file),
		cmocka_unit_test(a_file_that_was_touched_is_refused),
		cmocka_unit_test(a_names_file_names_interfaces),
		cmocka_unit_test(a_wrong_names_file_changes_nothing),
		cmocka_unit_test(every_allocation_may_fail),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, enter, leave);
}
