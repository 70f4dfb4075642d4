/* Capture files: pcap and pcapng, read through a window that slides over the file.
 *
 *	pcap     magic 2.4 zone sigfigs snaplen link | { seconds fraction captured original | bytes }*
 *	         the magic tells byte order and whether fractions are micro- or nanoseconds
 *	pcapng   { type length | body | length }*      (draft-ietf-opsawg-pcapng)
 *	         0a0d0d0a section: byte order, forgets interfaces   1 interface: link type, clock
 *	         6, 3, 2 packet (enhanced, simple, obsolete)        others are stepped over
 *
 * A format is one row: what its next frame is.  All else is common to both. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "wire/pcap_link.h"

enum { WINDOW = PCAP_BLOCK + 65536, BLOCK_MIN = 12 };

struct interface {
	uint32_t link;
	uint64_t ticks_per_s;
	int64_t offset_s;
};

struct frame {
	struct interface iface;
	uint64_t ticks;
	struct cur bytes;
};

struct capture {
	int fd;
	const struct format *format;
	bool big_endian;
	uint8_t *window;   /* WINDOW bytes; those of the file in [start, end) are not used yet */
	size_t start, end;
	uint64_t offset, size;
	struct capture_stats stats;
	struct interface *ifaces; /* of the section; a pcap has one */
	size_t nifaces;
};

struct format {
	const char *name;
	enum err (*next)(struct capture *c, struct frame *ret, struct problem *why);
};

/* ---- the window ----------------------------------------------------------------------- */

/* Makes the next n bytes (n <= WINDOW) stand in the window.  E_UNKNOWN when the file ends
 * before the first of them, E_CORRUPT when it ends among them. */
static enum err want(struct capture *c, size_t n, struct problem *why)
{
	if (c->end - c->start >= n)
		return OK;
	memmove(c->window, c->window + c->start, c->end - c->start);
	c->end -= c->start;
	c->start = 0;
	while (c->end < n) {
		ssize_t got = read(c->fd, c->window + c->end, WINDOW - c->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return problem_set(why, E_IO, "read error at byte %llu", (unsigned long long)c->offset);
		if (got == 0 && c->end == 0)
			return E_UNKNOWN;
		if (got == 0)
			return problem_set(why, E_CORRUPT, "the file ends inside a packet or block, at byte %llu",
					   (unsigned long long)c->offset + c->end);
		c->end += (size_t)got;
	}
	return OK;
}

static struct cur take(struct capture *c, size_t n)
{
	struct cur cur = cur_of(c->window + c->start, n);
	c->start += n;
	c->offset += n;
	return cur;
}

static enum err skip(struct capture *c, uint64_t n, struct problem *why)
{
	while (n) {
		size_t step = (size_t)MIN(n, (uint64_t)WINDOW);
		enum err e = want(c, step, why);
		if (e == E_UNKNOWN)
			e = problem_set(why, E_CORRUPT, "the file ends inside a block, at byte %llu",
					(unsigned long long)c->offset);
		if (e != OK)
			return e;
		take(c, step);
		n -= step;
	}
	return OK;
}

static uint16_t u16(const struct capture *c, struct cur *cur)
{
	return c->big_endian ? cur_u16(cur) : cur_le16(cur);
}

static uint32_t u32(const struct capture *c, struct cur *cur)
{
	return c->big_endian ? cur_u32(cur) : cur_le32(cur);
}

/* What is wanted follows something that was there, so an end here is inside a packet. */
static enum err want_rest(struct capture *c, size_t n, struct problem *why)
{
	enum err e = want(c, n, why);
	return e == E_UNKNOWN ? problem_set(why, E_CORRUPT, "the file ends inside a packet, at byte %llu",
					    (unsigned long long)c->offset)
			      : e;
}

/* ---- pcap ----------------------------------------------------------------------------- */

static enum err pcap_next(struct capture *c, struct frame *ret, struct problem *why)
{
	enum err e = want(c, 16, why);
	if (e != OK)
		return e;
	struct cur head = cur_of(c->window + c->start, 16);
	uint64_t seconds = u32(c, &head), fraction = u32(c, &head);
	uint32_t captured = u32(c, &head);
	if (captured > PCAP_PACKET)
		return problem_set(why, E_CORRUPT, "a packet of %u bytes at byte %llu", captured,
				   (unsigned long long)c->offset);
	if ((e = want_rest(c, 16 + (size_t)captured, why)) != OK)
		return e;
	take(c, 16);
	*ret = (struct frame){
		.iface = c->ifaces[0],
		.ticks = seconds * c->ifaces[0].ticks_per_s + fraction,
		.bytes = take(c, captured),
	};
	return OK;
}

static const struct format pcap_format = { "pcap", pcap_next };

static enum err add_interface(struct capture *c, const struct interface *iface, struct problem *why)
{
	if (c->nifaces == PCAP_INTERFACES)
		return problem_set(why, E_LIMIT, "more than %d interfaces", PCAP_INTERFACES);
	if ((c->nifaces & (c->nifaces - 1)) == 0) { /* full at every power of two */
		struct interface *more = mem_array(c->ifaces, c->nifaces ? c->nifaces * 2 : 1, sizeof(*more));
		if (!more)
			return problem_set(why, E_NOMEM, "out of memory");
		c->ifaces = more;
	}
	c->ifaces[c->nifaces++] = *iface;
	return OK;
}

static enum err pcap_begin(struct capture *c, uint64_t ticks_per_s, struct problem *why)
{
	enum err e = want_rest(c, 24, why);
	if (e != OK)
		return e;
	struct cur head = take(c, 24);
	cur_skip(&head, 20);
	struct interface iface = { .link = u32(c, &head) & 0xffff, .ticks_per_s = ticks_per_s };
	c->format = &pcap_format;
	return add_interface(c, &iface, why);
}

/* ---- pcapng --------------------------------------------------------------------------- */

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_OLD = 2, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6 };
enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

/* 10^n, or 2^n with the top bit set; what does not fit counts as microseconds. */
static uint64_t ticks_of(uint8_t resolution)
{
	uint64_t ticks = 1;
	uint8_t n = resolution & 0x7f;
	if (resolution & 0x80)
		return n < 63 ? (uint64_t)1 << n : 1000000;
	if (n > 18)
		return 1000000;
	while (n--)
		ticks *= 10;
	return ticks;
}

static enum err ng_interface(struct capture *c, struct cur body, struct problem *why)
{
	struct interface iface = { .link = u16(c, &body), .ticks_per_s = 1000000 };
	cur_skip(&body, 6); /* reserved, snap length */
	while (cur_left(&body) >= 4) {
		uint16_t code = u16(c, &body), len = u16(c, &body);
		struct cur value = cur_take(&body, len);
		cur_skip(&body, MIN((size_t)(-len & 3), cur_left(&body)));
		if (code == OPTION_END || value.bad)
			break;
		if (code == OPTION_TSRESOL && len == 1)
			iface.ticks_per_s = ticks_of(cur_u8(&value));
		if (code == OPTION_TSOFFSET && len == 8)
			iface.offset_s = (int64_t)(c->big_endian ? cur_u64(&value) : cur_le64(&value));
	}
	return add_interface(c, &iface, why);
}

/* A packet block's body -> a frame.  False when it is not whole. */
static bool ng_packet(const struct capture *c, uint32_t type, struct cur body, struct frame *ret)
{
	uint32_t iface = 0, captured;
	*ret = (struct frame){ 0 };
	if (type == BLOCK_SIMPLE) { /* no time and no captured length: the block's end is the end */
		uint32_t original = u32(c, &body);
		captured = MIN(original, (uint32_t)cur_left(&body));
	} else {
		iface = type == BLOCK_OLD ? u16(c, &body) : u32(c, &body);
		if (type == BLOCK_OLD)
			cur_skip(&body, 2); /* packets dropped */
		ret->ticks = (uint64_t)u32(c, &body) << 32;
		ret->ticks |= u32(c, &body);
		captured = u32(c, &body);
		cur_skip(&body, 4);
	}
	ret->bytes = cur_take(&body, captured);
	if (ret->bytes.bad || iface >= c->nifaces)
		return false;
	ret->iface = c->ifaces[iface];
	return true;
}

/* The length of the block that begins here, 0 = not one. */
static uint32_t ng_length(struct capture *c, uint32_t type, struct cur *head)
{
	if (type == BLOCK_SECTION) {
		struct cur order = *head;
		cur_skip(&order, 4);
		uint32_t magic = cur_u32(&order);
		if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a)
			return 0;
		c->big_endian = magic == 0x1a2b3c4d;
		c->nifaces = 0;
	}
	uint32_t length = u32(c, head);
	return length >= BLOCK_MIN && length % 4 == 0 ? length : 0;
}

static enum err ng_next(struct capture *c, struct frame *ret, struct problem *why)
{
	for (;;) {
		enum err e = want(c, BLOCK_MIN, why);
		if (e != OK)
			return e;
		struct cur head = cur_of(c->window + c->start, BLOCK_MIN);
		uint32_t type = u32(c, &head), length = ng_length(c, type, &head);
		bool read = type == BLOCK_INTERFACE || type == BLOCK_OLD || type == BLOCK_SIMPLE ||
			    type == BLOCK_ENHANCED;
		if (!length || (read && length > PCAP_BLOCK))
			return problem_set(why, E_CORRUPT, "no block of sane length at byte %llu",
					   (unsigned long long)c->offset);
		if (!read) {
			if ((e = skip(c, length, why)) != OK)
				return e;
			continue;
		}
		if ((e = want_rest(c, length, why)) != OK)
			return e;
		uint64_t at = c->offset;
		struct cur block = take(c, length);
		cur_skip(&block, 8);
		block = cur_take(&block, length - BLOCK_MIN);
		if (type != BLOCK_INTERFACE)
			return ng_packet(c, type, block, ret)
				       ? OK
				       : problem_set(why, E_CORRUPT, "a packet block that is not whole at byte %llu",
						     (unsigned long long)at);
		if ((e = ng_interface(c, block, why)) != OK)
			return e;
	}
}

static const struct format ng_format = { "pcapng", ng_next };

/* ---- the door ------------------------------------------------------------------------- */

/* Which format, by the first four bytes. */
static enum err begin(struct capture *c, struct problem *why)
{
	enum err e = want(c, 4, why);
	if (e == E_IO)
		return e;
	struct cur head = cur_of(c->window + c->start, e == OK ? 4 : 0);
	uint32_t magic = cur_u32(&head);
	c->big_endian = magic == 0xa1b2c3d4 || magic == 0xa1b23c4d;
	switch (magic) {
	case 0xa1b2c3d4:
	case 0xd4c3b2a1:
		return pcap_begin(c, 1000000, why);
	case 0xa1b23c4d:
	case 0x4d3cb2a1:
		return pcap_begin(c, 1000000000, why);
	case BLOCK_SECTION:
		c->format = &ng_format;
		return OK;
	}
	return problem_set(why, E_CORRUPT, "is no pcap or pcapng capture");
}

enum err capture_open(const char *path, struct capture **ret, struct problem *why)
{
	struct stat st;
	_cleanup_(capture_closep) struct capture *c = mem_new0(1, sizeof(*c));
	if (!c)
		return problem_set(why, E_NOMEM, "out of memory");
	c->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st) != 0)
		return problem_set(why, E_IO, "%s", strerror(errno));
	if (!(c->window = mem_alloc(WINDOW)))
		return problem_set(why, E_NOMEM, "out of memory");
	c->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	enum err e = begin(c, why);
	if (e != OK)
		return e;
	*ret = c;
	c = NULL;
	return OK;
}

static usec_t time_of(const struct frame *f)
{
	uint64_t per_s = f->iface.ticks_per_s;
	__int128 t = per_s % 1000000 == 0 ? (__int128)(f->ticks / (per_s / 1000000))
					  : (__int128)f->ticks * 1000000 / per_s;
	t += (__int128)f->iface.offset_s * USEC_PER_SEC;
	return t < 0 || t > TIME_MOST ? 0 : (usec_t)t;
}

enum err capture_next(struct capture *c, struct datagram *d, struct problem *why)
{
	for (;;) {
		struct frame f;
		struct datagram got = { 0 };
		bool cut = false;
		enum err e = c->format->next(c, &f, why);
		if (e != OK)
			return e;
		c->stats.packets++;
		switch (udp_of_frame(f.iface.link, c->big_endian, f.bytes, &got, &cut)) {
		case UDP_NOT:
			c->stats.not_udp++;
			continue;
		case UDP_FRAGMENT:
			c->stats.fragments++;
			continue;
		case UDP_FOUND:
			break;
		}
		c->stats.udp++;
		c->stats.truncated += cut;
		got.received = time_of(&f);
		*d = got;
		return OK;
	}
}

uint64_t capture_offset(const struct capture *c)
{
	return c->offset;
}

uint64_t capture_size(const struct capture *c)
{
	return c->size;
}

const struct capture_stats *capture_stats(const struct capture *c)
{
	return &c->stats;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	fd_close(c->fd);
	mem_free(c->window);
	mem_free(c->ifaces);
	mem_free(c);
}
