#include "unit.h"

#include "app/event_watch.h"
#include "base/clock.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <unistd.h>

static const struct addr edge = { .b = { [10] = 0xff, 0xff, 10, 0, 0, 1 } };

struct world {
	struct events *events;
	struct model *model;
	struct buf told; /* "name value held comment" of each, a line */
};

static struct world begin(void)
{
	struct world w = { 0 };
	assert_int_equal(events_new(&w.events), OK);
	assert_int_equal(model_new(&w.model), OK);
	return w;
}

static void end(struct world *w)
{
	events_free(w->events);
	model_free(w->model);
	buf_free(&w->told);
}

/* What waits, as text; the number of them. */
static size_t take(struct world *w)
{
	const struct batch *b = events_batch(w->events, w->model);
	size_t n = b ? b->n : 0;
	buf_reset(&w->told);
	for (size_t i = 0; i < n; i++) {
		struct events_rec r;
		batch_row(b, i, &r);
		const char *comment = r.comment ? model_text(w->model, r.comment) : "-";
		buf_printf(&w->told, "%s %u>%u %llu %u %s\n", model_text(w->model, r.name), r.agent.b[15], r.interface,
			   (unsigned long long)r.value, r.held, comment);
	}
	events_taken(w->events);
	return n;
}

static void expect(struct world *w, const char *want)
{
	take(w);
	assert_string_equal(buf_str(&w->told), want);
}

static struct event_about at(uint32_t ifindex, uint64_t value)
{
	return (struct event_about){ .agent = edge, .ifindex = ifindex, .value = value };
}

static void a_row_has_what_was_told(void **state)
{
	(void)state;
	struct world w = begin();
	struct event_about about = at(7, 12345);
	about.when = 1795392000 * USEC_PER_SEC + 1234567;
	event_post(w.events, EVENT_INTERFACE_OVER, &about, "speed %d\nbit/s \xff", 1000);
	event_post(w.events, EVENT_COLLECTOR_STOP, &about, "%s", "");
	struct batch *b = events_batch(w.events, w.model);
	struct events_rec r, second;
	assert_int_equal(b->n, 2);
	batch_row(b, 0, &r);
	batch_row(b, 1, &second);
	assert_int_equal(r.time, about.when / 1000 * 1000);
	assert_int_equal(r.severity, 4);
	assert_int_equal(r.interface, 7);
	assert_int_equal(r.value, 12345);
	assert_string_equal(model_text(w.model, r.name), "interface.over");
	assert_string_equal(model_text(w.model, r.type), "interface");
	assert_string_equal(model_text(w.model, r.comment), "speed 1000?bit/s ?");
	assert_true(second.id > r.id);
	assert_int_equal(second.comment, 0);
	end(&w);
}

static void what_is_not_taken_stays(void **state)
{
	(void)state;
	struct world w = begin();
	const struct event_about about = at(0, 1);
	assert_null(events_batch(w.events, w.model));
	event_post(w.events, EVENT_STORE_REFUSED, &about, "%s", "no space");
	assert_int_equal(events_batch(w.events, w.model)->n, 1);
	event_post(w.events, EVENT_STORE_RESUMED, &about, "%s", "");
	expect(&w, "store.refused 1>0 1 0 no space\nstore.resumed 1>0 1 0 -\n");
	assert_null(events_batch(w.events, w.model));
	end(&w);
}

static void too_many_of_one_are_held_back_and_counted(void **state)
{
	(void)state;
	struct world w = begin();
	for (uint64_t i = 1; i <= 20; i++) {
		const struct event_about about = at(0, i);
		event_post(w.events, EVENT_EXPORTER_BACK, &about, "%s", "");
	}
	assert_int_equal(take(&w), event_rows[EVENT_EXPORTER_BACK].an_hour);
	struct event_about other = at(0, 100);
	event_post(w.events, EVENT_EXPORTER_SILENT, &other, "%s", ""); /* another kind */
	other.agent.b[15] = 2;
	event_post(w.events, EVENT_EXPORTER_BACK, &other, "%s", "");   /* another agent */
	expect(&w, "exporter.silent 1>0 100 0 -\nexporter.back 2>0 100 0 -\n");
	events_tick(w.events, false);
	assert_null(events_batch(w.events, w.model)); /* the hour is not over */
	events_tick(w.events, true);
	expect(&w, "exporter.back 1>0 20 13 -\n"); /* the last one, and 13 that were not told of: 6 + 1 + 13 */
	events_tick(w.events, true);
	assert_null(events_batch(w.events, w.model));
	end(&w);
}

static void each_interface_is_bounded_for_itself(void **state)
{
	(void)state;
	struct world w = begin();
	for (uint32_t i = 0; i < 20; i++) {
		const struct event_about flaps = at(1, 0), once = at(2, 0);
		event_post(w.events, EVENT_INTERFACE_DOWN, &flaps, "%s", "");
		if (i == 19)
			event_post(w.events, EVENT_INTERFACE_DOWN, &once, "%s", "");
	}
	assert_int_equal(take(&w), event_rows[EVENT_INTERFACE_DOWN].an_hour + 1);
	end(&w);
}

static void a_flood_is_bounded_and_its_rest_counted(void **state)
{
	(void)state;
	struct world w = begin();
	events_tick(w.events, false);
	for (uint32_t i = 0; i < 20000; i++) {
		struct event_about about = at(0, 0);
		about.agent.b[13] = (uint8_t)(i >> 16);
		about.agent.b[14] = (uint8_t)(i >> 8);
		about.agent.b[15] = (uint8_t)i;
		event_post(w.events, EVENT_EXPORTER_NEW, &about, "%s", "");
	}
	const struct event_about own = { 0 };
	event_post(w.events, EVENT_STORE_REFUSED, &own, "%s", "no space"); /* what is the collector's own is told all the same */
	assert_int_equal(take(&w), 901);
	assert_non_null(strstr(buf_str(&w.told), "store.refused"));
	events_tick(w.events, true);
	expect(&w, "events.held 0>0 19100 0 -\n");
	end(&w);
}

static void push_reading(struct world *w, uint32_t port, uint32_t status)
{
	struct batch *b;
	const struct ifcounters_rec r = { .time = 1795392000ull * 1000000, .agent = edge, .interface = port, .ifstatus = (uint8_t)status };
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 4, &b), OK);
	assert_true(batch_push(b, &r));
	events_counters(w->events, b);
	batch_free(b);
}

static void a_port_that_goes_down_and_up_is_told(void **state)
{
	(void)state;
	struct world w = begin();
	static const uint32_t seen[] = { 3, 3, 1, 1, 0, 3 }; /* bit 0 administratively up, bit 1 operational */
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		push_reading(&w, 5, seen[i]);
	push_reading(&w, 6, 0); /* as it was found: nothing changed */
	expect(&w, "interface.down 1>5 0 0 administratively up\ninterface.up 1>5 1 0 -\n");
	end(&w);
}

/* -- out of what is looked at ---------------------------------------------------------------------------- */

struct watched {
	struct world w;
	struct event_watch *watch;
	struct health health;
	struct health_row row;
	struct collector_totals totals;
	struct upkeep_report upkeep;
	char folder[40];
	int dir;
};

static void watch_begin(struct watched *x)
{
	enum err known;
	*x = (struct watched){ .w = begin(), .folder = "/tmp/weir-events.XXXXXX" };
	assert_non_null(mkdtemp(x->folder));
	x->dir = open(x->folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(event_watch_new(x->dir, &x->watch, &known), OK);
	assert_int_equal(known, E_UNKNOWN);
	x->row = (struct health_row){ .address = edge, .agent = edge, .version = 9, .domain = 5, .skew = SKEW_NONE };
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void watch_end(struct watched *x)
{
	event_watch_free(x->watch);
	end(&x->w);
	close(x->dir);
	assert_int_equal(nftw(x->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Looked at `after` seconds from now; with = the exporter is known to the collector. */
static void look(struct watched *x, usec_t after, bool with, const char *want)
{
	x->health.when = clock_now() + after * USEC_PER_SEC;
	x->health.row = &x->row;
	x->health.n = with;
	event_watch_look(x->watch, x->w.events, &(struct event_look){ .health = &x->health, .totals = &x->totals, .upkeep = &x->upkeep,
								       .silent = 300 * USEC_PER_SEC });
	expect(&x->w, want);
}

static void heard(struct watched *x, usec_t after, uint64_t datagrams)
{
	x->row.datagrams += datagrams;
	x->row.records += 10 * datagrams;
	x->row.last_seen = clock_now() + after * USEC_PER_SEC;
	x->row.silent = 0;
}

static void an_exporter_comes_goes_and_comes_back(void **state)
{
	(void)state;
	struct watched x;
	watch_begin(&x);
	look(&x, 0, false, "");
	heard(&x, 0, 10);
	look(&x, 0, true, "exporter.new 1>0 0 0 netflow9 domain 5\n");
	look(&x, 10, true, "");
	x.row.silent = x.row.last_seen;
	look(&x, 301, true, "exporter.silent 1>0 301 0 netflow9 domain 5\n");
	look(&x, 310, true, "");
	heard(&x, 400, 1);
	look(&x, 400, true, "exporter.back 1>0 400 0 netflow9 domain 5\n");
	look(&x, 800, false, "exporter.silent 1>0 400 0 netflow9 domain 5\n"); /* the collector has forgotten it */
	look(&x, 900, false, "");
	watch_end(&x);
}

static void who_was_known_is_known_after_a_restart(void **state)
{
	(void)state;
	struct watched x;
	enum err known;
	watch_begin(&x);
	heard(&x, 0, 1000);
	look(&x, 0, true, "exporter.new 1>0 0 0 netflow9 domain 5\n");
	assert_int_equal(event_watch_save(x.watch, x.dir), OK);
	event_watch_free(x.watch);
	assert_int_equal(event_watch_new(x.dir, &x.watch, &known), OK);
	assert_int_equal(known, OK);
	look(&x, 100, false, "");
	x.row.datagrams = x.row.records = 1;
	look(&x, 100, true, "");
	event_watch_free(x.watch);
	assert_int_equal(event_watch_new(x.dir, &x.watch, &known), OK);
	look(&x, 400, false, "exporter.silent 1>0 400 0 netflow9 domain 5\n"); /* it did not come back */
	/* A damaged file is no file. */
	assert_int_equal(event_watch_save(x.watch, x.dir), OK);
	int fd = openat(x.dir, "status/known", O_WRONLY);
	assert_int_equal(pwrite(fd, "#", 1, 30), 1);
	close(fd);
	event_watch_free(x.watch);
	assert_int_equal(event_watch_new(x.dir, &x.watch, &known), OK);
	assert_int_equal(known, E_CORRUPT);
	look(&x, 0, true, "exporter.new 1>0 0 0 netflow9 domain 5\n");
	watch_end(&x);
}

static void losses_above_a_share_are_told(void **state)
{
	(void)state;
	struct watched x;
	watch_begin(&x);
	heard(&x, 0, 1000);
	x.row.datagrams_lost = 9; /* 0.9 % */
	look(&x, 0, true, "exporter.new 1>0 0 0 netflow9 domain 5\n");
	heard(&x, 0, 980);
	x.row.datagrams_lost += 20;
	look(&x, 0, true, "loss.network 1>0 20 0 2.0 % of netflow9 domain 5\n");
	x.row.datagrams_lost -= 20; /* they only came late */
	look(&x, 0, true, "");
	heard(&x, 0, 10);
	x.row.samples_dropped = 25;
	look(&x, 0, true, "loss.agent 1>0 25 0 20.0 % of netflow9 domain 5\n");
	x.row.agent.b[15] = 9; /* another agent behind the same address */
	x.row.datagrams = x.row.records = x.row.samples_dropped = x.row.datagrams_lost = 0;
	x.row.records_lost = 1;
	heard(&x, 0, 1);
	look(&x, 0, true, "exporter.new 9>0 0 0 netflow9 domain 5, sent by 10.0.0.1\nloss.network 9>0 1 0 9.1 % of netflow9 domain 5, sent by 10.0.0.1\n");
	watch_end(&x);
}

static void trouble_with_templates_and_restarts_is_told(void **state)
{
	(void)state;
	struct watched x;
	watch_begin(&x);
	heard(&x, 0, 10);
	x.row.unread_sets = 3;
	look(&x, 0, true, "exporter.new 1>0 0 0 netflow9 domain 5\ntemplate.missing 1>0 3 0 netflow9 domain 5\n");
	look(&x, 0, true, "");
	x.row.templates_changed = 2;
	x.row.templates_withdrawn = 1;
	x.row.resets = 1;
	heard(&x, 0, 10);
	look(&x, 0, true, "exporter.reset 1>0 1 0 netflow9 domain 5\ntemplate.changed 1>0 2 0 netflow9 domain 5\n"
			  "template.withdrawn 1>0 1 0 netflow9 domain 5\n");
	watch_end(&x);
}

static void what_the_collector_lost_is_told_by_its_counter(void **state)
{
	(void)state;
	struct watched x;
	watch_begin(&x);
	x.totals.drops[DROP_TRAFFIC] = 7;
	look(&x, 0, false, "loss.collector 0>0 7 0 queue.traffic: flow rows that came while the store was behind\n");
	x.totals.drops[DROP_TRAFFIC] = 9;
	x.upkeep = (struct upkeep_report){ .failures = 2, .unreadable = 1, .problem = "no room" };
	look(&x, 0, false, "loss.collector 0>0 2 0 queue.traffic: flow rows that came while the store was behind\n"
			   "store.upkeep 0>0 2 0 no room\nstore.damaged 0>0 1 0 -\n");
	struct over_row over = { .agent = edge, .ifindex = 7, .speed = 1000, .estimate = 5000, .first = clock_now(), .last = clock_now() };
	x.health.over = &over;
	x.health.nover = 1;
	look(&x, 0, false, "interface.over 1>7 5000 0 speed 1000 bit/s\n");
	look(&x, 0, false, "");
	watch_end(&x);
}

UNIT_MAIN(cmocka_unit_test(a_row_has_what_was_told), cmocka_unit_test(what_is_not_taken_stays),
	  cmocka_unit_test(too_many_of_one_are_held_back_and_counted), cmocka_unit_test(each_interface_is_bounded_for_itself),
	  cmocka_unit_test(a_flood_is_bounded_and_its_rest_counted), cmocka_unit_test(a_port_that_goes_down_and_up_is_told),
	  cmocka_unit_test(an_exporter_comes_goes_and_comes_back), cmocka_unit_test(who_was_known_is_known_after_a_restart),
	  cmocka_unit_test(losses_above_a_share_are_told), cmocka_unit_test(trouble_with_templates_and_restarts_is_told),
	  cmocka_unit_test(what_the_collector_lost_is_told_by_its_counter))
