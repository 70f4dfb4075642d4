/* Counter structures of sFlow: what each becomes, and in which table. */
#include "heard.h"

enum { HOST_SOURCE = 2 << 24 | 1, PHYSICAL = 7, LOGICAL = 3 << 24 | 65537 };

static size_t begin(struct bytes *b, uint32_t source, uint32_t structures)
{
	*b = (struct bytes){ 0 };
	U32(b, 5, 1, 0x0a00000a, 7, 99, 123456, 1, 2);
	size_t at = open_u32(b);
	U32(b, 1, source, structures);
	return at;
}

static void generic(struct bytes *b, uint32_t ifindex)
{
	U32(b, 1, 88, ifindex, 6, 0, 1000000000, 1, 3);
	for (uint32_t i = 0; i < 16; i++)
		U32(b, i);
}

/* A structure of n words that count up from `first`. */
static void counting(struct bytes *b, uint32_t format, uint32_t n, uint32_t first)
{
	U32(b, format, n * 4);
	for (uint32_t i = 0; i < n; i++)
		U32(b, first + i);
}

static void number(struct bytes *b, float f)
{
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	U32(b, bits);
}

/* Feeds it, and every beginning of it. */
static struct heard *heard_of(struct bytes *b, size_t sample)
{
	struct heard *h = hear();
	close_u32(b, sample);
	feed(h, b);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(b);
	return h;
}

static void ethernet_and_lag_stand_beside_the_interface(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, PHYSICAL, 4);
	generic(&b, PHYSICAL);
	counting(&b, 2, 13, 101);
	U32(&b, 7, 56, 0x02000000, 0x00110000, 0x02000000, 0x00220000, 1007, 0x3d3d3c3c, 1, 2, 3, 4, 5, 6, 7, 8);
	U32(&b, 1004, 12, 0x1, 0x2, 65534);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->ncounters, 1);
	assert_int_equal(h->nrows, 0);
	const struct ifcounters_rec *r = h->counters;
	assert_int_equal(r->interface, PHYSICAL);
	assert_int_equal(r->ethalignmenterrors, 101);
	assert_int_equal(r->ethfcserrors, 102);
	assert_int_equal(r->ethsymbolerrors, 113);
	assert_int_equal(r->lagactor, 0x020000000011);
	assert_int_equal(r->lagpartner, 0x020000000022);
	assert_int_equal(r->lagid, 1007);
	assert_int_equal(r->lagstate, 0x3d3d3c3c);
	assert_int_equal(r->laginpdus, 1);
	assert_int_equal(r->laginbadpdus, 4 + 5);
	assert_int_equal(r->lagoutpdus, 6);
	assert_int_equal(r->ofdatapath, 0x100000002);
	assert_int_equal(r->ofport, 65534);
	deaf(h);
}

static void ports_of_other_kinds_have_a_row_of_their_own(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, PHYSICAL, 4);
	generic(&b, PHYSICAL);
	counting(&b, 3, 18, 1);
	counting(&b, 6, 20, 201);
	counting(&b, 1002, 3, 301);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->ncounters, 1);
	assert_int_equal(h->nrows, 1);
	const struct ifextra_rec *r = &row_of(h, TABLE_IFEXTRA)->ifextra;
	assert_addr(&r->agent, "10.0.0.10");
	assert_int_equal(r->interface, PHYSICAL);
	assert_int_equal(r->uptime, 123456);
	assert_int_equal(r->countersource, COUNTERS_SFLOW);
	assert_int_equal(r->ringlineerrors, 1);
	assert_int_equal(r->ringremoves, 16);
	assert_int_equal(r->wifitxfragments, 201);
	assert_int_equal(r->wifistations, 216);
	assert_int_equal(r->wifipollslost, 220);
	assert_int_equal(r->radiobusy, 303);
	deaf(h);
}

static void a_vlan_and_each_queue_is_a_row(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, 1 << 24 | 100, 1);
	U32(&b, 5, 28, 100, 0, 77000, 1, 2, 3, 0xffffffff);
	struct heard *h = heard_of(&b, at);
	const struct ifextra_rec *r = &row_of(h, TABLE_IFEXTRA)->ifextra;
	assert_int_equal(r->vlan, 100);
	assert_int_equal(r->interface, 0);
	assert_int_equal(r->vlanoctets, 77000);
	assert_int_equal(r->vlanbroadcastpkts, 3);
	assert_int_equal(r->vlandiscards, 0); /* the agent has no such counter */
	deaf(h);

	at = begin(&b, PHYSICAL, 4);
	generic(&b, PHYSICAL);
	counting(&b, 1003, 13, 0);
	counting(&b, 1003, 13, 1);
	counting(&b, 1002, 3, 301);
	h = heard_of(&b, at);
	assert_int_equal(h->nrows, 3);
	assert_int_equal(h->rows[0].ifextra.queue, 0);
	assert_int_equal(h->rows[0].ifextra.queuedropped, 12);
	assert_int_equal(h->rows[1].ifextra.queue, 1);
	assert_int_equal(h->rows[1].ifextra.queue1024, 11);
	assert_int_equal(h->rows[1].ifextra.radiobusy, 0);
	assert_int_equal(h->rows[2].ifextra.radiobusy, 303);
	assert_int_equal(h->rows[2].ifextra.queuedropped, 0);
	deaf(h);
}

static void description(struct bytes *b, const char *name)
{
	U32(b, 2000);
	size_t at = open_u32(b);
	put_string(b, name);
	U32(b, 0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff, 3, 2);
	put_string(b, "6.1.0-13");
	close_u32(b, at);
}

static void a_host_is_a_row(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, HOST_SOURCE, 7);
	description(&b, "web1.example.net");
	U32(&b, 2001, 36, 2, 1, 1, 0x02000000, 0x000a0000, 2, 1, 0x02000000, 0x000b0000);
	U32(&b, 2003, 68);
	number(&b, 0.5f);
	number(&b, 1.25f);
	number(&b, -1.0f);
	for (uint32_t i = 4; i <= 17; i++)
		U32(&b, i);
	U32(&b, 2004, 72);
	for (uint32_t i = 1; i <= 7; i++)
		U64(&b, (uint64_t)i << 32);
	U32(&b, 8, 9, 10, 11);
	U32(&b, 2005, 52);
	U64(&b, 1000, 400);
	U32(&b, 6125, 3); /* 61.25 % */
	U64(&b, 4000);
	U32(&b, 5, 6);
	U64(&b, 7000);
	U32(&b, 8);
	U32(&b, 2006, 40);
	U64(&b, 9000);
	U32(&b, 1, 2, 3);
	U64(&b, 8000);
	U32(&b, 4, 5, 6);
	counting(&b, 2009, 15, 1);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nrows, 1);
	assert_int_equal(totals(h)->other_rows, 1);
	const struct host_rec *r = &row_of(h, TABLE_HOST)->host;
	assert_int_equal(r->datasource, HOST_SOURCE);
	assert_text(h, r->hostname, "web1.example.net");
	assert_text(h, r->uuid, "00112233-4455-6677-8899-aabbccddeeff");
	assert_int_equal(r->machine_type, 3);
	assert_int_equal(r->os_name, 2);
	assert_text(h, r->os_release, "6.1.0-13");
	assert_int_equal(r->mac, 0x02000000000a);
	assert_int_equal(r->load_one, 500);
	assert_int_equal(r->load_five, 1250);
	assert_int_equal(r->load_fifteen, 0); /* not known */
	assert_int_equal(r->proc_run, 4);
	assert_int_equal(r->contexts, 17);
	assert_int_equal(r->cpu_steal, 0);
	assert_int_equal(r->mem_total, (uint64_t)1 << 32);
	assert_int_equal(r->swap_free, (uint64_t)7 << 32);
	assert_int_equal(r->swap_out, 11);
	assert_int_equal(r->diskpartmax, 61250);
	assert_int_equal(r->bytes_read, 4000);
	assert_int_equal(r->write_time, 8);
	assert_int_equal(r->bytes_in, 9000);
	assert_int_equal(r->drops_out, 6);
	assert_int_equal(r->tcp_retrans_segs, 12);
	deaf(h);
}

static void a_newer_host_tells_of_stolen_time(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, HOST_SOURCE, 2);
	counting(&b, 2003, 20, 1);
	U32(&b, 1001, 28, 1250, 0xffffffff, 300);
	U64(&b, 4096, 1024);
	struct heard *h = heard_of(&b, at);
	const struct host_rec *r = &row_of(h, TABLE_HOST)->host;
	assert_int_equal(r->cpu_steal, 18);
	assert_int_equal(r->cpu_guest_nice, 20);
	assert_int_equal(r->cpu_5s, 12500); /* 12.5 %, in thousandths */
	assert_int_equal(r->cpu_1m, 0);
	assert_int_equal(r->mem_free, 1024);
	deaf(h);
}

static void a_virtual_machine_is_described_like_a_host(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, 3 << 24 | 7, 9);
	description(&b, "vm7");
	U32(&b, 2002, 8, 2, 1);
	counting(&b, 2101, 3, 1);
	U32(&b, 2102, 16);
	U64(&b, 512, 1024);
	U32(&b, 2103, 52);
	U64(&b, 100, 60, 40);
	U32(&b, 1);
	U64(&b, 2000);
	U32(&b, 3);
	U64(&b, 4000);
	U32(&b, 5);
	U32(&b, 2104, 40);
	U64(&b, 900);
	U32(&b, 1, 2, 3);
	U64(&b, 800);
	U32(&b, 4, 5, 6);
	U32(&b, 2105);
	size_t jvm = open_u32(&b);
	put_string(&b, "OpenJDK");
	put_string(&b, "Debian");
	put_string(&b, "17.0.9");
	close_u32(&b, jvm);
	U32(&b, 2106, 108);
	for (uint32_t i = 1; i <= 8; i++)
		U64(&b, i * 1000);
	for (uint32_t i = 9; i <= 19; i++)
		U32(&b, i);
	U32(&b, 2100, 28, 2400, 8, 0, 64000, 0, 32000, 3);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nrows, 1); /* and no host of that name */
	const struct vm_rec *r = &row_of(h, TABLE_VM)->vm;
	assert_text(h, r->hostname, "vm7");
	assert_int_equal(r->datasource, 3 << 24 | 7);
	assert_int_equal(r->parent, HOST_SOURCE);
	assert_int_equal(r->vcpu_state, 1);
	assert_int_equal(r->vcpu_num, 3);
	assert_int_equal(r->vmem_total, 1024);
	assert_int_equal(r->vdisk_free, 40);
	assert_int_equal(r->vbytes_written, 4000);
	assert_int_equal(r->vdisk_errs, 5);
	assert_int_equal(r->vbytes_in, 900);
	assert_int_equal(r->vdrops_out, 6);
	assert_text(h, r->jvm_name, "OpenJDK");
	assert_text(h, r->jvm_version, "17.0.9");
	assert_int_equal(r->jvm_heap_initial, 1000);
	assert_int_equal(r->jvm_nonheap_max, 8000);
	assert_int_equal(r->jvm_gc_count, 9);
	assert_int_equal(r->jvm_files_max, 19);
	assert_int_equal(r->vnode_domains, 3);
	assert_int_equal(r->vnode_mem_free, 32000);
	deaf(h);
}

static void a_description_alone_is_a_host(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, HOST_SOURCE, 1);
	description(&b, "idle");
	struct heard *h = heard_of(&b, at);
	assert_text(h, row_of(h, TABLE_HOST)->host.hostname, "idle");
	deaf(h);
}

static void services_are_rows(void **state _unused_)
{
	struct bytes b;
	size_t at = begin(&b, LOGICAL, 6);
	U32(&b, 2002, 8, 2, 1);
	U32(&b, 2202);
	size_t app = open_u32(&b);
	put_string(&b, "payment");
	for (uint32_t i = 1; i <= 11; i++)
		U32(&b, i);
	close_u32(&b, app);
	U32(&b, 2203, 40, 1, 2);
	U64(&b, 300, 400);
	U32(&b, 5, 6, 7, 8);
	counting(&b, 2206, 5, 61);
	counting(&b, 2201, 15, 71);
	U32(&b, 2204, 27 * 4 + 32);
	for (uint32_t i = 1; i <= 27; i++)
		U32(&b, i);
	U64(&b, 1000, 2000, 3000, 4000);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nrows, 1);
	const struct services_rec *r = &row_of(h, TABLE_SERVICES)->services;
	assert_int_equal(r->datasource, LOGICAL);
	assert_text(h, r->app_name, "payment");
	assert_int_equal(r->app_success, 1);
	assert_int_equal(r->app_err_other, 2);
	assert_int_equal(r->app_err_unauth, 11);
	assert_int_equal(r->app_mem_max, 400);
	assert_int_equal(r->app_connections_max, 8);
	assert_int_equal(r->app_workers_active, 61);
	assert_int_equal(r->app_req_dropped, 65);
	assert_int_equal(r->http_method_option, 71);
	assert_int_equal(r->http_status_other, 85);
	assert_int_equal(r->memcache_cmd_set, 1);
	assert_int_equal(r->memcache_decr_misses, 11);
	assert_int_equal(r->memcache_conn_open, 20);
	assert_int_equal(r->memcache_evictions, 24);
	assert_int_equal(r->memcache_items, 26);
	assert_int_equal(r->memcache_bytes, 3000);
	deaf(h);
}

/* Each structure one byte short of what its rows read. */
static void a_structure_that_ends_too_soon_is_refused(void **state _unused_)
{
	static const struct {
		uint32_t format, bytes;
	} least[] = {
		{ 1, 88 },    { 2, 52 },    { 3, 72 },    { 5, 28 },    { 6, 80 },    { 7, 56 },    { 1001, 28 },
		{ 1002, 12 }, { 1003, 52 }, { 1004, 12 }, { 2002, 8 },  { 2003, 68 }, { 2004, 72 }, { 2005, 52 },
		{ 2006, 40 }, { 2009, 56 }, { 2100, 28 }, { 2101, 12 }, { 2102, 16 }, { 2103, 52 }, { 2104, 40 },
		{ 2106, 108 }, { 2201, 60 }, { 2203, 40 }, { 2204, 140 }, { 2206, 20 },
	};
	for (size_t i = 0; i < COUNT_OF(least); i++) {
		struct bytes b;
		for (uint32_t lack = 0; lack < 2; lack++) {
			size_t at = begin(&b, HOST_SOURCE, 1);
			struct heard *h = hear();
			U32(&b, least[i].format, least[i].bytes - lack);
			for (uint32_t k = lack; k < least[i].bytes; k++)
				U8(&b, 0);
			close_u32(&b, at);
			if (lack)
				earns(h, &b, SF_STRUCTURE_SHORT);
			else
				feed(h, &b);
			assert_int_equal(all_rejects(h), lack);
			deaf(h);
		}
	}
}

static void v4_tells_of_ethernet_and_vlans(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U32(&b, 4, 1, 0x0a00000a, 99, 123456, 2);
	U32(&b, 2, 1, PHYSICAL, 30, 2);
	U32(&b, PHYSICAL, 6, 0, 1000000000, 1, 3);
	for (uint32_t i = 0; i < 16 + 13; i++)
		U32(&b, i);
	U32(&b, 2, 2, 1 << 24 | 100, 30, 7, 100, 0, 5000, 1, 2, 3, 4);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->ncounters, 1);
	assert_int_equal(h->counters[0].ethalignmenterrors, 16);
	assert_int_equal(row_of(h, TABLE_IFEXTRA)->ifextra.vlan, 100);
	assert_int_equal(row_of(h, TABLE_IFEXTRA)->ifextra.vlanoctets, 5000);
	feed_prefixes(&b);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(ethernet_and_lag_stand_beside_the_interface),
	  cmocka_unit_test(ports_of_other_kinds_have_a_row_of_their_own), cmocka_unit_test(a_vlan_and_each_queue_is_a_row),
	  cmocka_unit_test(a_host_is_a_row), cmocka_unit_test(a_newer_host_tells_of_stolen_time),
	  cmocka_unit_test(a_virtual_machine_is_described_like_a_host), cmocka_unit_test(a_description_alone_is_a_host),
	  cmocka_unit_test(services_are_rows), cmocka_unit_test(a_structure_that_ends_too_soon_is_refused),
	  cmocka_unit_test(v4_tells_of_ethernet_and_vlans))
