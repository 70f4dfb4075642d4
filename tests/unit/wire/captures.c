/* Captures that others made, against the totals that an independent program counted in them
 * (index.json beside the captures, read through captures.py), and sampled headers against what
 * tshark saw (headers.py).  Skipped where they are absent: WEIR_CAPTURES, else
 * ../shared/captures. */
#include <inttypes.h>
#include <unistd.h>

#include "heard.h"

struct line {
	char file[200];
	uint64_t n[10];
};

static const char *const columns[] = { "datagrams",       "flow_records",  "option_records", "templates",
				       "flow_samples",    "counter_samples", "drop_samples", "bytes",
				       "frames",          "estimated sFlow bytes" };

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
			print_message("# %s: %s %" PRIu64 ", the reference says %" PRIu64 "\n", want->file, columns[i], got[i],
			       want->n[i]);
			wrong++;
		}
	/* those of load/ are whole recordings, nothing was lost in them */
	uint64_t missing = t.datagrams_lost + t.records_lost + t.resets + t.duplicates;
	if (strncmp(want->file, "load/", 5) == 0 && missing) {
		print_message("# %s: %" PRIu64 " lost, twice or restarted\n", want->file, missing);
		wrong++;
	}
	return wrong;
}

static const char *captures_folder(void)
{
	return getenv("WEIR_CAPTURES") ? getenv("WEIR_CAPTURES") : "../shared/captures";
}

/* A table that a script beside this file makes of the captures. */
static FILE *table_of(const char *script)
{
	char command[1024];
	snprintf(command, sizeof(command), "python3 tests/unit/wire/%s '%s'", script, captures_folder());
	FILE *table = popen(command, "r");
	assert_non_null(table);
	return table;
}

static bool next_line(FILE *table, struct line *l)
{
	if (fscanf(table, "%199s", l->file) != 1)
		return false;
	for (size_t i = 0; i < COUNT_OF(l->n); i++)
		assert_int_equal(fscanf(table, "%" SCNu64, &l->n[i]), 1);
	return true;
}

static void totals_are_those_of_the_reference(void **state _unused_)
{
	FILE *table = table_of("captures.py");
	struct line l;
	unsigned files = 0, wrong = 0;
	for (; next_line(table, &l); files++)
		wrong += compare(captures_folder(), &l) != 0;
	assert_int_equal(pclose(table), 0);
	print_message("# %u captures, %u differ\n", files, wrong);
	assert_true(files > 100);
	assert_int_equal(wrong, 0);
}

/* The first datagrams of a capture, and every beginning of them. */
static void feed_beginnings(const char *path)
{
	enum { DATAGRAMS = 2 };
	struct capture *c;
	struct datagram d;
	struct problem why;
	struct bytes b;
	struct heard *h = hear();
	assert_int_equal(capture_open(path, &c, &why), OK);
	for (int i = 0; i < DATAGRAMS && capture_next(c, &d, &why) == OK; i++) {
		b.len = 0;
		put(&b, d.data, d.len);
		for (size_t n = 0; n <= b.len; n++)
			feed_first(h, &b, n);
	}
	capture_close(c);
	deaf(h);
}

static void every_beginning_of_real_datagrams(void **state _unused_)
{
	FILE *table = table_of("captures.py");
	struct line l;
	char path[512];
	while (next_line(table, &l)) {
		snprintf(path, sizeof(path), "%s/%s", captures_folder(), l.file);
		feed_beginnings(path);
	}
	assert_int_equal(pclose(table), 0);
}

struct seen {
	char file[100], macsource[20], macdestination[20], source[50], destination[50], inner_source[50],
		inner_destination[50];
	int frame, vlan, inner, label, protocol, sport, dport, icmp, inner_protocol, vni; /* -1 = the table does not tell */
};

static bool number_differs(uint32_t got, int want)
{
	return want >= 0 && got != (uint32_t)want;
}

static bool addr_differs(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT];
	return !STREQ(want, "?") && !STREQ(addr_format(a, text), STREQ(want, "-") ? "" : want);
}

static bool header_differs(const struct flow_rec *r, const struct seen *s)
{
	char from[MAC_TEXT], to[MAC_TEXT], source[ADDR_TEXT], destination[ADDR_TEXT];
	bool differs = !STREQ(mac_format(r->macsource, from), s->macsource) ||
		       !STREQ(mac_format(r->macdestination, to), s->macdestination) ||
		       addr_differs(&r->ipsource, s->source) || addr_differs(&r->ipdestination, s->destination) ||
		       number_differs(r->vlansource, s->vlan) || number_differs(r->vlaninner, s->inner) ||
		       number_differs(r->mplslabel, s->label) || number_differs(r->protocol, s->protocol) ||
		       number_differs(r->sourceport, s->sport) || number_differs(r->destinationport, s->dport) ||
		       number_differs(r->icmptype, s->icmp) || addr_differs(&r->innersource, s->inner_source) ||
		       addr_differs(&r->innerdestination, s->inner_destination) ||
		       number_differs(r->innerprotocol, s->inner_protocol) || number_differs(r->vni, s->vni);
	if (differs)
		print_message("# %s frame %d: %s>%s vlan %u,%u label %u protocol %u ports %u>%u icmp %04x inside %s>%s %u vni %u\n", s->file,
			      s->frame, from, to, r->vlansource, r->vlaninner, r->mplslabel, r->protocol,
			      r->sourceport, r->destinationport, r->icmptype, addr_format(&r->innersource, source),
			      addr_format(&r->innerdestination, destination), r->innerprotocol, r->vni);
	return differs;
}

static void headers_are_those_that_tshark_saw(void **state _unused_)
{
	FILE *table = table_of("headers.py");
	struct heard *h = hear();
	struct seen s;
	static char hex[140000];
	unsigned packets = 0, wrong = 0;
	while (fscanf(table, "%99s %d %139999s %19s %19s %d %d %d %49s %49s %d %d %d %d %49s %49s %d %d", s.file, &s.frame, hex,
		      s.macsource, s.macdestination, &s.vlan, &s.inner, &s.label, s.source, s.destination,
		      &s.protocol, &s.sport, &s.dport, &s.icmp, s.inner_source, s.inner_destination,
		      &s.inner_protocol, &s.vni) == 18) {
		struct bytes b = { 0 };
		struct flow_rec r = { 0 };
		put_hex(&b, hex);
		packet_decode(h->w, 1, b.data, b.len, &r);
		wrong += header_differs(&r, &s);
		packets++;
	}
	assert_int_equal(pclose(table), 0);
	print_message("# %u packets, %u differ\n", packets, wrong);
	assert_true(packets > 300);
	assert_int_equal(wrong, 0);
	deaf(h);
}

/* What the README beside the captures says of their structures, as rows and texts. */
static const struct structures {
	const char *file;
	enum table_id table;
	size_t rows;
	const char *text; /* that one of its rows tells; NULL = none */
} structures[] = {
	{ "sflow/hsflowd-linux-host.pcap", TABLE_HOST, 1, "fedora" },
	{ "sflow/cistern-host-sample.pcap", TABLE_HOST, 1, NULL },
	{ "sflow/opennms-sflow2.pcap", TABLE_HOST, 1, NULL },
	{ "sflow/gopacket-p3.pcap", TABLE_HOST, 1, NULL },             /* a processor */
	{ "sflow/gopacket-p13.pcap", TABLE_SERVICES, 1, NULL },        /* application resources */
	{ "sflow/goflow2-drop-acl.pcap", TABLE_DROPS, 1, "foo!" },     /* an ACL of that name */
	{ "sflow/telegraf-drop-15375.pcap", TABLE_DROPS, 1, NULL },
	{ "sflow/tcpdump-expanded.pcap", TABLE_TRAFFIC, 0, "8218 29605 203361" },
};

static void structures_become_rows(void **state _unused_)
{
	for (size_t i = 0; i < COUNT_OF(structures); i++) {
		const struct structures *want = &structures[i];
		char path[512];
		struct capture *c;
		struct datagram d;
		struct heard *h = hear();
		size_t rows = 0;
		bool told = !want->text;
		snprintf(path, sizeof(path), "%s/%s", captures_folder(), want->file);
		assert_int_equal(capture_open(path, &c, NULL), OK);
		while (capture_next(c, &d, NULL) == OK)
			wire_decode(h->w, &d);
		for (size_t k = 0; k < MIN(h->nrows, COUNT_OF(h->rows)); k++)
			rows += h->row_of[k] == want->table;
		for (size_t k = 0; k < MIN(h->ntexts, COUNT_OF(h->texts)) && !told; k++)
			told = STREQ(h->texts[k].text, want->text);
		if (rows != want->rows || !told)
			fail_msg("%s: %zu rows of %s, text %s", want->file, rows, tables[want->table].name, told ? "told" : "not told");
		assert_int_equal(rejects(h, SF_STRUCTURE_SHORT), 0);
		capture_close(c);
		deaf(h);
	}
}

/* UNIT_MAIN, but for the skipping: this cmocka calls a skipped case "not ok" in TAP. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_are_those_of_the_reference),
		cmocka_unit_test(every_beginning_of_real_datagrams),
		cmocka_unit_test(headers_are_those_that_tshark_saw),
		cmocka_unit_test(structures_become_rows),
	};
	char index[1024];
	snprintf(index, sizeof(index), "%s/index.json", captures_folder());
	if (access(index, R_OK) != 0 || system("python3 -c '' 2>/dev/null") != 0) {
		printf("1..0 # SKIP no captures in %s, or no python3\n", captures_folder());
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
