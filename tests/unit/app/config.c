#include "unit.h"

#include "app/config.h"
#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct config *parse(const char *text)
{
	struct config *c = NULL;
	struct problem why = { 0 };
	if (config_parse(text, strlen(text), "weir.yaml", &c, &why) != OK)
		fail_msg("%s", why.text);
	return c;
}

static void every_key_has_a_default(void **state)
{
	(void)state;
	static const char *const empty[] = { "", "# nothing\n", "---\n",
					     "store:\nscript:\ninterfaces: ~\n" };
	for (size_t i = 0; i < COUNT_OF(empty); i++) {
		struct config *c = parse(empty[i]);
		assert_string_equal(c->store, "/var/lib/weir");
		assert_string_equal(c->customers, "");
		assert_string_equal(c->time_zone, "");
		assert_string_equal(c->scope_input, "customerid");
		assert_int_equal(c->interfaces.n, 0);
		assert_int_equal(c->read_roots.n, 0);
		assert_null(c->write_roots.at[0]);
		config_free(c);
	}
}

static void limits_of_scripts_are_read(void **state)
{
	(void)state;
	struct config *c = parse("script:\n"
				 "  limits:\n"
				 "    console: { cpu: 7 }\n"
				 "    customer:\n"
				 "      heap: 32\n"
				 "      scripts: 1\n");
	assert_int_equal(c->limits[SCRIPT_CONSOLE].cpu_s, 7);
	assert_int_equal(c->limits[SCRIPT_CUSTOMER].heap_bytes, 32u << 20);
	struct script_limits l = script_limits_with(SCRIPT_CUSTOMER, &c->limits[SCRIPT_CUSTOMER]);
	assert_int_equal(l.at_once, 1);
	assert_int_equal(l.cpu_s, 5); /* the customer's default */
	assert_int_equal(script_limits_with(SCRIPT_SCHEDULE, &c->limits[SCRIPT_SCHEDULE]).cpu_s, 600);
	config_free(c);

	static const char *const wrong[][2] = {
		{ "script:\n  limits:\n    console: { cpu: 0 }\n",
		  "weir.yaml:3:21: script.limits.console.cpu must be a whole number from 1, in the unit of \"weir help limits\"" },
		{ "script: { limits: { customer: { heap: 64M } } }\n",
		  "weir.yaml:1:39: script.limits.customer.heap must be a whole number from 1, in the unit of \"weir help limits\"" },
		{ "script: { limits: { customer: { cpu: 99999999999 } } }\n",
		  "weir.yaml:1:38: script.limits.customer.cpu is more than fits" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct problem why = { 0 };
		assert_int_equal(config_parse(wrong[i][0], strlen(wrong[i][0]), "weir.yaml", &c, &why), E_SYNTAX);
		assert_string_equal(why.text, wrong[i][1]);
	}
}

static void privacy_is_refused_when_it_is_misspelt(void **state)
{
	(void)state;
	struct config *c = parse("privacy: hide\n");
	assert_int_equal(config_customers(c).privacy.level, PRIVACY_HIDE);
	config_free(c);
	c = parse("privacy: { level: mask, bits4: 20, bits6: 128, below: 1M }\n");
	const struct privacy p = config_customers(c).privacy;
	assert_int_equal(p.level, PRIVACY_MASK);
	assert_int_equal(p.bits4, 20);
	assert_int_equal(p.bits6, 128);
	assert_int_equal(p.below, 1000000);
	config_free(c);
	c = parse("");
	assert_int_equal(config_customers(c).privacy.level, PRIVACY_NONE);
	config_free(c);

	static const char *const wrong[][2] = {
		{ "privacy: masked\n", "weir.yaml:1:10: privacy must be one of none, mask, hide" },
		{ "privacy: yes\n", "weir.yaml:1:10: privacy must be one of none, mask, hide" },
		{ "privacy: { level: [mask] }\n", "weir.yaml:1:19: privacy.level must be one of none, mask, hide" },
		{ "privacy: { bits4: 0 }\n", "weir.yaml:1:19: privacy.bits4 must be a number 1..32" },
		{ "privacy: { bits4: 33 }\n", "weir.yaml:1:19: privacy.bits4 must be a number 1..32" },
		{ "privacy: { bits6: 129 }\n", "weir.yaml:1:19: privacy.bits6 must be a number 1..128" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct problem why = { 0 };
		assert_int_equal(config_parse(wrong[i][0], strlen(wrong[i][0]), "weir.yaml", &c, &why), E_SYNTAX);
		assert_string_equal(why.text, wrong[i][1]);
	}
}

static void a_customer_may_have_other_bounds(void **state)
{
	(void)state;
	struct config *c = parse("quota: { queries: 9, rows: 100 }\n"
				 "quotas:\n"
				 "  - { customer: \"1001\", queries: 0, cpu_ms: 5k }\n"
				 "  - { customer: \"1002\", queries: 2 }\n"
				 "switches: [ { name: sw1, agent: 10.0.0.1 } ]\n");
	const struct quota other = config_quota_of(c, "1001"), few = config_quota_of(c, "1002"), usual = config_quota_of(c, "1003");
	assert_int_equal(other.queries, 0); /* no bound */
	assert_int_equal(other.cpu_ms, 5000);
	assert_int_equal(other.rows, 100);
	assert_int_equal(few.queries, 2);
	assert_int_equal(few.cpu_ms, 600000);
	assert_int_equal(usual.queries, 9);
	assert_int_equal(c->switches.n, 1);
	assert_string_equal(c->switches.at[0].name, "sw1");
	config_free(c);
}

static void every_key_is_read(void **state)
{
	(void)state;
	struct config *c = parse("store: /srv/weir\n"
				 "customers: http://portal.example/customers.xml\n"
				 "time_zone: Europe/Zurich\n"
				 "interfaces:\n"
				 "  - agent: 10.0.0.1\n"
				 "    ifindex: 5\n"
				 "    ifname: ethernet5\n"
				 "    speed: 1G\n"
				 "  - { agent: '2001:db8::1', ifindex: 7, speed: 100000000 }\n"
				 "script:\n"
				 "  scope_input: none\n"
				 "  read_roots: [ /srv/scripts, /srv/maps ]\n"
				 "  write_roots:\n"
				 "    - /srv/www\n");
	assert_string_equal(c->path, "weir.yaml");
	assert_string_equal(c->store, "/srv/weir");
	assert_string_equal(c->customers, "http://portal.example/customers.xml");
	assert_string_equal(c->time_zone, "Europe/Zurich");
	assert_string_equal(c->scope_input, "none");
	assert_int_equal(c->read_roots.n, 2);
	assert_string_equal(c->read_roots.at[1], "/srv/maps");
	assert_null(c->read_roots.at[2]);
	assert_string_equal(c->write_roots.at[0], "/srv/www");
	assert_int_equal(c->interfaces.n, 2);

	struct model *m;
	assert_int_equal(model_new(&m), OK);
	assert_int_equal(config_name_interfaces(c, m), OK);
	assert_int_equal(model_path(m, "10.0.0.1>ethernet5", 18)->speed, 1000000000);
	assert_int_equal(model_path(m, "2001:db8::1>7", 13)->speed, 100000000);
	model_free(m);
	config_free(c);
}

static void retention_and_rates_are_read(void **state)
{
	(void)state;
	struct config *c = parse("store:\n"
				 "  folder: /srv/weir\n"
				 "  retention:\n"
				 "    - { table: traffic, level: fresh, keep: 36h }\n"
				 "    - { keep: 2y, max_size: 1.5T }\n"
				 "agents:\n"
				 "  - { agent: 10.0.0.1, name: core-1, sampling: 2000 }\n"
				 "interfaces:\n"
				 "  - { agent: 10.0.0.1, ifindex: 7, sampling: 100 }\n"
				 "collect: { silent: 90s }\n");
	assert_string_equal(c->store, "/srv/weir");
	assert_int_equal(c->retention.n, 2);
	assert_int_equal(c->retention.at[0].table, TABLE_TRAFFIC + 1);
	assert_int_equal(c->retention.at[0].level, STORE_FRESH + 1);
	assert_int_equal(c->retention.at[0].keep, 36 * USEC_PER_HOUR);
	assert_int_equal(c->retention.at[0].max_size, 0);
	assert_int_equal(c->retention.at[1].table, 0);
	assert_int_equal(c->retention.at[1].level, 0);
	assert_int_equal(c->retention.at[1].keep, 730 * USEC_PER_DAY);
	assert_int_equal(c->retention.at[1].max_size, UINT64_C(3) << 39);
	assert_int_equal(c->agents.n, 1);
	assert_string_equal(c->agents.at[0].name, "core-1");
	assert_int_equal(c->agents.at[0].sampling, 2000);
	assert_int_equal(c->interfaces.at[0].sampling, 100);
	assert_string_equal(c->interfaces.at[0].ifname, "");
	assert_int_equal(c->silent, 90 * USEC_PER_SEC);
	config_free(c);
}

static void what_is_wrong_has_a_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "quotas: [ { queries: 5 } ]\n", "weir.yaml:1:11: a customer's quota needs customer" },
		{ "quotas: [ { customer: a, queries: many } ]\n", "weir.yaml:1:35: queries \"many\" must be a number; 0: no bound" },
		{ "quotas: [ { customer: a, wishes: 3 } ]\n",
		  "weir.yaml:1:26: unknown key \"wishes\" of a customer's quota: wanted customer, concurrent, queries, cpu_ms, rows" },
		{ "switches: [ { name: sw1 } ]\n", "weir.yaml:1:13: a switch needs name and agent" },
		{ "stroe: x\n", "weir.yaml:1:1: unknown key \"stroe\": wanted store, customers, " },
		{ "store: a\nscript:\n  inputs: x\n",
		  "weir.yaml:3:3: unknown key \"script.inputs\": wanted scope_input, read_roots, "
		  "write_roots" },
		{ "store: a\nstore: b\n", "weir.yaml:2:1: key \"store\" is here twice" },
		{ "store: [a]\n", "weir.yaml:1:8: store must be a text" },
		{ "time_zone: Europe/Zuerich\n",
		  "weir.yaml:1:12: time_zone: no zone is named \"Europe/Zuerich\"" },
		{ "script: yes\n", "weir.yaml:1:9: wanted lines of \"key: value\"" },
		{ "just words\n", "weir.yaml:1:1: wanted lines of" },
		{ "script:\n  read_roots: /srv\n",
		  "weir.yaml:2:15: script.read_roots must be a list" },
		{ "script:\n  read_roots: [[a]]\n",
		  "weir.yaml:2:16: script.read_roots must be a text" },
		{ "interfaces: x\n", "weir.yaml:1:13: interfaces must be a list" },
		{ "interfaces:\n  - x\n", "weir.yaml:2:5: an interface is {agent" },
		{ "interfaces:\n  - {agent: x, ifindex: 1, ifname: e}\n",
		  "weir.yaml:2:13: agent \"x\" is not an address" },
		{ "interfaces:\n  - {agent: 10.0.0.1, ifindex: 0, ifname: e}\n",
		  "weir.yaml:2:32: ifindex \"0\" must be" },
		{ "interfaces:\n  - {agent: 10.0.0.1, ifindex: 1, speed: fast}\n",
		  "weir.yaml:2:42: speed \"fast\" must be" },
		{ "interfaces:\n  - {agent: 10.0.0.1, ifindex: 1}\n",
		  "weir.yaml:2:5: an interface needs" },
		{ "interfaces:\n  - {agent: 10.0.0.1, ifIndex: 1}\n",
		  "weir.yaml:2:23: unknown key \"ifIndex\" of an interface" },
		{ "store:\n  folder: a\n  keep: 1d\n",
		  "weir.yaml:3:3: unknown key \"store.keep\": wanted folder, retention" },
		{ "store:\n  retention: 90d\n",
		  "weir.yaml:2:14: store.retention must be a list of {table, level, keep, max_size}" },
		{ "store:\n  retention:\n  - 90d\n",
		  "weir.yaml:3:5: a limit is {table: ..., level: ..., keep: ..., max_size: ...}" },
		{ "store:\n  retention:\n  - {keep: 5m}\n",
		  "weir.yaml:3:12: keep \"5m\" is no age: wanted an age like 36h, 90d, 8w or 2y" },
		{ "store:\n  retention:\n  - {max_size: 90d}\n",
		  "weir.yaml:3:16: max_size \"90d\" is no size: wanted a size like 500M" },
		{ "store:\n  retention:\n  - {keep: 0d}\n", "weir.yaml:3:12: keep \"0d\" is no age" },
		{ "store:\n  retention:\n  - {keep: 1e3d}\n", "weir.yaml:3:12: keep \"1e3d\" is no age" },
		{ "store:\n  retention:\n  - {table: traffic}\n",
		  "weir.yaml:3:5: a limit needs keep or max_size" },
		{ "store:\n  retention:\n  - {table: flows, keep: 1d}\n",
		  "weir.yaml:3:13: table \"flows\" is not a table" },
		{ "store:\n  retention:\n  - {level: month, keep: 1d}\n",
		  "weir.yaml:3:13: level \"month\" is not a level: fresh, hour, rollup-5min, rollup-hour or rollup-day" },
		{ "agents: [{agent: 10.0.0.1}]\n", "weir.yaml:1:10: an agent needs agent, and name or sampling" },
		{ "agents: [{agent: 10.0.0.1, sampling: 0}]\n", "weir.yaml:1:38: sampling \"0\" must be packets" },
		{ "agents: [{agent: 10.0.0.1, name: ''}]\n", "weir.yaml:1:34: name must not be empty" },
		{ "collect: {silent: soon}\n", "weir.yaml:1:19: collect.silent: wanted a time like 30s" },
		{ "store: a\n---\nstore: b\n", "weir.yaml:3:1: a second document" },
		{ "store: 'a\n", "weir.yaml:2:1: " },
		{ "\tstore: a\n", "weir.yaml:1:" },
		{ "store: &a [*a]\n", "weir.yaml:1:" },
		{ "&a store: *b\n", "weir.yaml:1:" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct config *c = NULL;
		struct problem why = { 0 };
		assert_int_equal(
			config_parse(wrong[i].text, strlen(wrong[i].text), "weir.yaml", &c, &why),
			E_SYNTAX);
		assert_null(c);
		if (strncmp(why.text, wrong[i].says, strlen(wrong[i].says)) != 0)
			fail_msg("got:  %s\nwant: %s", why.text, wrong[i].says);
	}
}

static void files_are_looked_for_in_order(void **state)
{
	(void)state;
	char path[] = "/tmp/weir-config.XXXXXX";
	struct config *c = NULL;
	struct problem why = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, "store: /env\n", 12), OK);
	close(fd);
	setenv("WEIR_CONFIG", path, 1);
	assert_int_equal(config_read(NULL, &c, &why), OK);
	assert_string_equal(c->store, "/env");
	assert_string_equal(c->path, path);
	config_free(c);
	assert_int_equal(config_read("/tmp/weir-no-such.yaml", &c, &why), E_IO); /* -c goes first */
	assert_string_equal(why.text, "/tmp/weir-no-such.yaml: No such file or directory");
	setenv("WEIR_CONFIG", "/tmp/weir-no-such.yaml", 1);
	assert_int_equal(config_read(NULL, &c, &why), E_IO);
	unlink(path);
	unsetenv("WEIR_CONFIG");
	if (access("/etc/weir/weir.yaml", F_OK) < 0) { /* an absent default is fine */
		assert_int_equal(config_read(NULL, &c, &why), OK);
		assert_string_equal(c->path, "");
		config_free(c);
	}
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	static const char text[] = "store: a\nscript: { read_roots: [a, b] }\ninterfaces:\n  - "
				   "{agent: 10.0.0.1, ifindex: 1, ifname: e}\nagents:\n  - "
				   "{agent: 10.0.0.1, name: a}\n";
	for (long n = 0;; n++) {
		struct config *c = NULL;
		struct problem why;
		mem_fail_at(n);
		enum err e = config_parse(text, strlen(text), "t", &c, &why);
		mem_fail_at(-1);
		config_free(c);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
	}
}

static void each_row_says_what_it_is(void **state)
{
	(void)state;
	assert_true(nconfig_rows >= 7);
	for (size_t i = 0; i < nconfig_rows; i++)
		assert_true(*config_rows[i].key && *config_rows[i].help);
}

UNIT_MAIN(cmocka_unit_test(every_key_has_a_default), cmocka_unit_test(limits_of_scripts_are_read), cmocka_unit_test(every_key_is_read),
	  cmocka_unit_test(retention_and_rates_are_read),
	  cmocka_unit_test(privacy_is_refused_when_it_is_misspelt), cmocka_unit_test(a_customer_may_have_other_bounds), cmocka_unit_test(what_is_wrong_has_a_place),
	  cmocka_unit_test(files_are_looked_for_in_order),
	  cmocka_unit_test(every_allocation_may_fail), cmocka_unit_test(each_row_says_what_it_is))
