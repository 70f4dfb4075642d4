/* The view `traffic` of a customer: what hosts at their own ports send was counted where it entered, however many
 * hosts that are. */
#include "unit.h"

#include "fake_store.h"
#include "mapping.h"
#include "query/query.h"

#include <stdio.h>

enum { PORTS = 1400, BEHIND = 50, ROUTER_PORT = 9999 }; /* more would make a port an uplink (hosts.h) */
static const usec_t noon = 1795435200 * USEC_PER_SEC;    /* 2026-11-23 12:00 UTC */

static struct addr host(uint32_t n)
{
	return addr_v4(0x0a000000 + n);
}

/* Each host once, at its port. */
static struct hosts *learn(struct addr agent)
{
	struct hosts *h;
	struct batch *rows;
	assert_int_equal(hosts_new(&h), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], BEHIND, &rows), OK);
	for (uint32_t port = 0; port < PORTS; port++) {
		batch_reset(rows);
		for (uint32_t i = 0; i < BEHIND; i++)
			batch_push(rows, &(struct flow_rec){ .time = (uint64_t)noon, .agent = agent, .exporttype = EXPORT_SFLOW, .datasource = port + 1,
							     .inputinterface = port + 1, .outputinterface = ROUTER_PORT,
							     .ipsource = host(port * BEHIND + i), .macsource = 0x020000000000u + port * BEHIND + i,
							     .samplingrate = 1, .bytes = 100, .frames = 1 });
		assert_int_equal(hosts_learn(h, rows), OK);
	}
	hosts_turn(h);
	batch_free(rows);
	return h;
}

static void every_host_at_their_ports_is_known(void **state)
{
	const struct addr agent = addr_v4(0x0a636301), other = addr_v4(0x0a636302);
	struct own_port *port = mem_new0(PORTS, sizeof(*port));
	char (*name)[8] = mem_new0(PORTS, sizeof(*name));
	struct model *model;
	struct mapping c = { .c = { .id = "1001", .port = port, .nport = PORTS } };
	struct store st = { 0 };
	const struct scope *own;
	struct problem why = { 0 };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct plan *p;
	struct result t;
	(void)state;
	assert_int_equal(model_new(&model), OK);
	for (uint32_t i = 0; i < PORTS; i++) {
		snprintf(name[i], sizeof(name[i]), "p%u", i + 1);
		assert_int_equal(model_note(model, &(struct iface_note){ .agent = agent, .ifindex = i + 1, .name = name[i], .when = noon }), OK);
		port[i] = (struct own_port){ .agent = agent, .ifname = name[i], .when = { INT64_MIN, INT64_MAX } };
	}
	mapping_make(&c);
	assert_int_equal(scope_customer(&c.all, "1001", model, &own, &why), OK);
	/* To one of their ports: from their first and last host, elsewhere; and from a stranger. */
	struct flow_rec flows[3];
	for (uint32_t i = 0; i < 3; i++)
		flows[i] = (struct flow_rec){ .time = (uint64_t)noon, .agent = agent, .inputinterface = ROUTER_PORT, .outputinterface = 1,
					      .ipsource = i < 2 ? host(i * (PORTS * BEHIND - 1)) : other, .ipdestination = host(7),
					      .samplingrate = 1, .bytes = 1u << i, .frames = 1 };
	fake_segment(&st, TABLE_TRAFFIC, flows, 3);
	struct query_env env = { .store = &st, .model = model, .hosts = learn(agent), .now = noon + USEC_PER_MIN };
	assert_int_equal(hosts_count(env.hosts), PORTS * BEHIND);
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	const struct request rq = { .view = "traffic", .select = "bytes", .interval = "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z" };
	assert_int_equal(plan_make(&a, &env, own, &rq, &p, &why), OK);
	assert_int_equal(plan_run(p, &t, &why), OK);
	result_csv(&t, false, &out);
	assert_string_equal(buf_str(&out), "4\n");
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	buf_free(&out);
	hosts_free((struct hosts *)(uintptr_t)env.hosts);
	fake_free(&st);
	scope_free(own);
	mapping_free(&c);
	model_free(model);
	mem_free(port);
	mem_free(name);
}

UNIT_MAIN(cmocka_unit_test(every_host_at_their_ports_is_known))
