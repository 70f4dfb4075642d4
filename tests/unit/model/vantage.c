/* Flows through rows of agents, marked batch by batch, and what then counts. */
#include "model/hosts.h"
#include "model/model.h"
#include "model/vantage.h"
#include "model/zones.h"
#include "unit.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

enum { RATE = 1000, ROWS = 4096 };

struct lab {
	struct vantage *v;
	struct hosts *hosts;
	struct batch *b;
	uint64_t minute, rng;
	double truth, entry, out, all; /* frames: sent; by entry rows; by exit rows; by all rows */
	bool counting;
};

static uint64_t next_random(struct lab *l)
{
	l->rng ^= l->rng << 13;
	l->rng ^= l->rng >> 7;
	l->rng ^= l->rng << 17;
	return l->rng;
}

static void lab_open(struct lab *l)
{
	*l = (struct lab){ .minute = 29000000, .rng = 88172645463325252u };
	assert_int_equal(vantage_new(&l->v), OK);
	assert_int_equal(hosts_new(&l->hosts), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], ROWS, &l->b), OK);
}

static void lab_close(struct lab *l)
{
	vantage_free(l->v);
	hosts_free(l->hosts);
	batch_free(l->b);
}

static bool counts(uint8_t mark, uint8_t bit, uint8_t known)
{
	return mark & bit || !(mark & known);
}

static void flush(struct lab *l)
{
	assert_int_equal(hosts_learn(l->hosts, l->b), OK);
	assert_int_equal(vantage_mark(l->v, l->b), OK);
	for (size_t i = 0; i < l->b->n && l->counting; i++) {
		uint8_t mark = (uint8_t)batch_uint(l->b, TR_vantage, i);
		double frames = (double)(batch_uint(l->b, TR_frames, i) * batch_uint(l->b, TR_samplingrate, i));
		l->all += frames;
		l->entry += counts(mark, VANTAGE_ENTRY, VANTAGE_ENTRY_KNOWN) ? frames : 0;
		l->out += counts(mark, VANTAGE_EXIT, VANTAGE_EXIT_KNOWN) ? frames : 0;
	}
	batch_reset(l->b);
}

static void next_minute(struct lab *l)
{
	flush(l);
	hosts_turn(l->hosts);
	l->minute++;
}

/* One switch or router of the path. */
struct hop {
	uint32_t agent; /* 10.0.0.X */
	uint32_t in, out;
	bool both;      /* is sampled on the way out, too */
	bool netflow;
};

static void sample(struct lab *l, const struct hop *h, struct flow_rec r, bool out)
{
	r.agent = addr_v4(0x0a000000 | h->agent);
	r.inputinterface = h->in;
	r.outputinterface = h->out;
	r.time = l->minute * (uint64_t)USEC_PER_MIN + 1000;
	r.exporttype = h->netflow ? EXPORT_NETFLOW9 : EXPORT_SFLOW;
	r.direction = !h->netflow ? DIR_UNKNOWN : out ? DIR_EGRESS : DIR_INGRESS;
	r.datasource = h->netflow ? 0 : out ? h->out : h->in;
	if (!batch_push(l->b, &r)) {
		flush(l);
		assert_true(batch_push(l->b, &r));
	}
}

/* So many frames along the path, of which each hop samples one in RATE. */
static void send(struct lab *l, const struct hop *h, size_t hops, const struct flow_rec *r, unsigned frames)
{
	l->truth += l->counting ? frames : 0;
	for (size_t k = 0; k < hops; k++)
		for (unsigned way = 0; way < (h[k].both ? 2u : 1u); way++)
			for (unsigned i = 0; i < frames; i++)
				if (next_random(l) % RATE == 0)
					sample(l, &h[k], *r, way);
}

static struct flow_rec flow(uint32_t from, uint32_t to)
{
	return (struct flow_rec){ .ipsource = addr_v4(from), .ipdestination = addr_v4(to), .frames = 1, .bytes = 1000,
				  .samplingrate = RATE, .protocol = 6 };
}

static void assert_near(double got, double want, double part)
{
	if (fabs(got - want) > want * part)
		fail_msg("%.0f, wanted %.0f within %.1f %%", got, want, part * 100);
}

/* Without history every hop counts; then one does, and the other two do not. */
static void test_three_in_a_row(void **state)
{
	(void)state;
	static const struct hop path[] = { { 1, 1, 24, false, false }, { 2, 1, 2, false, false }, { 3, 24, 5, false, false } };
	struct lab l;
	lab_open(&l);
	struct flow_rec r = flow(0xc0000201, 0xc6336401);
	l.counting = true;
	send(&l, path, 3, &r, 200000);
	flush(&l);
	assert_true(l.entry == l.all && l.out == l.all); /* nothing is known */
	for (int i = 0; i < 3; i++) {
		next_minute(&l);
		send(&l, path, 3, &r, 200000);
	}
	next_minute(&l);
	l.truth = l.entry = l.out = l.all = 0;
	for (int i = 0; i < 10; i++) {
		send(&l, path, 3, &r, 1000000);
		next_minute(&l);
	}
	assert_near(l.all, 3 * l.truth, 0.03);
	assert_near(l.entry, l.truth, 0.03);
	assert_near(l.out, l.truth, 0.03);
	lab_close(&l);
}

/* 100,000 flows of 100 frames from as many hosts of 1,000 blocks, both ways. */
static void test_small_flows(void **state)
{
	(void)state;
	static const struct hop there[] = { { 1, 1, 24, false, false }, { 2, 1, 2, false, false }, { 3, 24, 5, false, false } };
	static const struct hop back[] = { { 3, 5, 24, false, false }, { 2, 2, 1, false, false }, { 1, 24, 1, false, false } };
	struct lab l;
	lab_open(&l);
	for (unsigned minute = 0; minute < 6; minute++) {
		l.counting = minute >= 2;
		for (unsigned i = 0; i < 25000; i++) {
			uint32_t from = 0x0a070000 + (uint32_t)(next_random(&l) % 256000), to = 0x0b000000 + (uint32_t)(next_random(&l) % 256000);
			struct flow_rec r = i & 1 ? flow(from, to) : flow(to, from);
			send(&l, i & 1 ? there : back, 3, &r, 100);
		}
		next_minute(&l);
	}
	assert_near(l.truth, 10000000, 0.001);
	assert_near(l.entry, l.truth, 0.03);
	assert_near(l.out, l.truth, 0.03);
	lab_close(&l);
}

/* Two sites that do not see each other's inside traffic: each block is counted where it is seen. */
static void test_two_sites(void **state)
{
	(void)state;
	static const struct hop left[] = { { 1, 1, 2, false, false } }, right[] = { { 2, 1, 2, false, false } };
	static const struct hop across[] = { { 1, 1, 24, false, false }, { 2, 24, 1, false, false } };
	struct lab l;
	lab_open(&l);
	for (unsigned minute = 0; minute < 12; minute++) {
		l.counting = minute >= 2;
		for (uint32_t k = 0; k < 8; k++) { /* one /16, split between the sites */
			struct flow_rec a = flow(0x0a010001 + (k << 8), 0x0a010002 + (k << 8)), b = flow(0x0a018001 + (k << 8), 0x0a018002 + (k << 8));
			struct flow_rec c = flow(0x0a010001 + (k << 8), 0x0a018002 + (k << 8));
			send(&l, left, 1, &a, 100000);
			send(&l, right, 1, &b, 100000);
			send(&l, across, 2, &c, 50000);
		}
		next_minute(&l);
	}
	assert_near(l.entry, l.truth, 0.03);
	lab_close(&l);
}

/* Sources outside come in by two routers, each for other customers: nothing is a second look. */
static void test_two_borders(void **state)
{
	(void)state;
	static const struct hop one[] = { { 1, 24, 1, false, true } }, two[] = { { 2, 24, 1, false, true } };
	struct lab l;
	lab_open(&l);
	for (unsigned minute = 0; minute < 10; minute++) {
		l.counting = minute >= 2;
		for (uint32_t k = 0; k < 40; k++) {
			struct flow_rec r = flow(0xcb007100 + k, 0xc0000201 + (k % 2 << 8));
			r.sourceport = 443;
			r.destinationport = (uint16_t)(40000 + k);
			send(&l, k % 2 ? one : two, 1, &r, 50000);
		}
		next_minute(&l);
	}
	assert_near(l.all, l.truth, 0.03);
	assert_near(l.entry, l.truth, 0.03);
	lab_close(&l);
}

/* A router that reports both ways, one that reports only packets on their way out. */
static void test_both_ways(void **state)
{
	(void)state;
	static const struct hop both[] = { { 1, 1, 2, true, true } };
	struct lab l;
	lab_open(&l);
	struct flow_rec r = flow(0xc0000201, 0xc6336401);
	for (unsigned minute = 0; minute < 8; minute++) {
		l.counting = minute >= 2;
		send(&l, both, 1, &r, 1000000);
		next_minute(&l);
	}
	assert_near(l.all, 2 * l.truth, 0.05);
	assert_near(l.entry, l.truth, 0.05);
	lab_close(&l);
}

/* What comes in by the boundary is at its entry there and nowhere else, from the next minute on;
 * sources inside a zone are not thought to come from there. */
static void test_boundary(void **state)
{
	(void)state;
	static const char text[] = "boundary: [10.0.0.3>24]\nzones: [{name: ours, cidrs: [192.0.2.0/24]}]\n";
	static const struct hop in[] = { { 1, 23, 1, false, false }, { 3, 24, 2, false, false } };
	struct lab l;
	struct zones *z;
	struct problem why;
	lab_open(&l);
	assert_int_equal(zones_parse(text, strlen(text), "t", NULL, NULL, &z, &why), OK);
	assert_int_equal(vantage_boundary(l.v, z, NULL, NULL, NULL), OK);
	struct flow_rec out = flow(0xcb007101, 0xc0000201), spoof = flow(0xc0000299 - 0x98, 0xc0000202), ours = flow(0xc0000209, 0xcb007101);
	static const struct hop inside[] = { { 1, 5, 23, false, false } };
	for (unsigned minute = 0; minute < 8; minute++) {
		l.counting = minute >= 1;
		send(&l, in, 2, &out, 1000000);
		next_minute(&l);
	}
	assert_near(l.entry, l.truth, 0.03);
	l.entry = l.truth = 0;
	for (unsigned minute = 0; minute < 4; minute++) {
		l.counting = false;
		send(&l, in + 1, 1, &spoof, 1000000);
		flush(&l);
		l.counting = minute >= 1;
		send(&l, inside, 1, &ours, 200000);
		next_minute(&l);
	}
	struct vantage_totals t;
	vantage_totals(l.v, &t);
	assert_int_equal(t.boundary_ports, 1);
	assert_true(l.entry > 0); /* 192.0.2.0/24 is not by the boundary alone */
	vantage_free(l.v);
	l.v = NULL;
	zones_free(z);
	lab_close(&l);
}

/* Blocks spread over switches: hosts that are located are counted where they are connected. */
static void test_hosts(void **state)
{
	(void)state;
	struct lab l;
	lab_open(&l);
	assert_int_equal(vantage_boundary(l.v, NULL, NULL, NULL, l.hosts), OK);
	for (unsigned minute = 0; minute < 10; minute++) {
		l.counting = minute >= 3;
		for (uint32_t k = 0; k < 40; k++) { /* twenty hosts at each of two switches, one /24; neighbours and across */
			uint32_t at = 1 + k / 20, other = 3 - at;
			struct hop near[] = { { at, 1 + k, 1 + (k + 1) % 20, false, false } };
			struct hop far[] = { { at, 1 + k, 99, false, false }, { other, 99, 7, false, false } };
			struct flow_rec a = flow(0xc0000200 + k, 0xc0000200 + k + 1), b = flow(0xc0000200 + k, 0xc0000200 + (k + 20) % 40);
			a.macsource = b.macsource = 0x020000000000u + k;
			send(&l, near, 1, &a, 30000);
			send(&l, far, 2, &b, 30000);
		}
		next_minute(&l);
	}
	struct host h;
	struct addr ip = addr_v4(0xc0000200 + 33);
	assert_true(hosts_find(l.hosts, &ip, 0, &h));
	assert_int_equal(h.agent.b[15], 2);
	assert_int_equal(h.ifindex, 34);
	assert_int_equal(h.mac, 0x020000000000u + 33);
	assert_near(l.entry, l.truth, 0.04);
	lab_close(&l);
}

/* What was learnt outlives the process; a file that was cut or changed is refused. */
static void test_file(void **state)
{
	(void)state;
	static const struct hop path[] = { { 1, 1, 24, false, false }, { 2, 1, 2, false, false } };
	char dir[] = "/tmp/weir-vantage.XXXXXX", name[100];
	struct problem why = { 0 };
	struct lab l;
	lab_open(&l);
	struct flow_rec r = flow(0xc0000201, 0xc6336401);
	r.macsource = 0x020000000001;
	send(&l, path, 2, &r, 200000);
	next_minute(&l);
	send(&l, path, 2, &r, 200000);
	flush(&l);
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(vantage_save(l.v, fd), OK);
	assert_int_equal(hosts_save(l.hosts, fd), OK);
	vantage_free(l.v);
	hosts_free(l.hosts);
	assert_int_equal(vantage_load(fd, &l.v, &why), OK);
	assert_int_equal(hosts_load(fd, &l.hosts, &why), OK);
	assert_int_equal(hosts_count(l.hosts), 1);
	l.counting = true;
	next_minute(&l);
	send(&l, path, 2, &r, 2000000);
	next_minute(&l);
	assert_near(l.entry, l.truth, 0.1);
	static const char *const files[] = { "vantage", "hosts" };
	for (size_t k = 0; k < 2; k++) {
		struct vantage *v = NULL;
		struct hosts *h = NULL;
		snprintf(name, sizeof(name), "%s/model/%s", dir, files[k]);
		int file = open(name, O_RDWR);
		off_t len = lseek(file, 0, SEEK_END);
		uint8_t byte;
		assert_int_equal(pread(file, &byte, 1, len / 2), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(file, k ? "1" : "9", 1, 7), 1); /* whatever stands behind, it is another format's */
		assert_int_equal(k ? hosts_load(fd, &h, &why) : vantage_load(fd, &v, &why), E_VERSION);
		assert_string_equal(why.text, k ? "model/hosts: it has format 1, of an older weir; this one knows 2"
					        : "model/vantage: it has format 9, of a newer weir; this one knows 1");
		assert_int_equal(pwrite(file, k ? "2" : "1", 1, 7), 1);
		assert_int_equal(pwrite(file, &byte, 1, len / 2), 1);
		assert_int_equal(k ? hosts_load(fd, &h, &why) : vantage_load(fd, &v, &why), E_CORRUPT);
		for (off_t cut = len - 1; cut >= 0; cut--) {
			assert_int_equal(ftruncate(file, cut), 0);
			assert_int_equal(k ? hosts_load(fd, &h, &why) : vantage_load(fd, &v, &why), E_CORRUPT);
		}
		close(file);
		unlink(name);
	}
	close(fd);
	snprintf(name, sizeof(name), "%s/model", dir);
	rmdir(name);
	rmdir(dir);
	lab_close(&l);
}

UNIT_MAIN(cmocka_unit_test(test_three_in_a_row), cmocka_unit_test(test_small_flows), cmocka_unit_test(test_two_sites), cmocka_unit_test(test_two_borders),
	  cmocka_unit_test(test_both_ways), cmocka_unit_test(test_boundary), cmocka_unit_test(test_hosts), cmocka_unit_test(test_file))
