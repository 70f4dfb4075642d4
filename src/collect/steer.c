/* All datagrams of one exporter reach the same worker, whatever ports they come from and go to:
 * templates and sequence numbers belong to an address, and workers share nothing.
 *
 * The kernel asks this program, in classic BPF, which socket of the group gets a datagram.  It sees
 * the network header at SKF_NET_OFF, of IPv4 or IPv6 (a dual socket gets both):
 *
 *	a = version 6 ? words of the source address, mixed : the source address
 *	a *= golden ratio;  a ^= a >> 16;  return a % sockets + first
 *
 * Sockets count in the order in which they were bound.
 *
 * Exporters that are too much for one worker are spread: their sFlow and NetFlow v5 datagrams go by sequence
 * number instead of the address, so that one that comes twice reaches the same worker.  Their v9 and IPFIX
 * stay with one: templates are there.  In the payload, which begins at 0:
 *
 *	half-word 0 is 5                 v5: its sequence number is word 16
 *	word 0 is 5                      sFlow: word 16, or 28 when word 4 says that the agent has IPv6
 *
 * Others that are too much are pinned: all they send reaches one socket, whatever their address says.
 *
 * A datagram that is too short for that reaches the first socket. */
#include "collect/udp.h"

#include <assert.h>
#include <linux/filter.h>
#include <sys/socket.h>

#define NET      ((uint32_t)SKF_NET_OFF)
#define MIX      UINT32_C(0x9e3779b1)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NET + (at))
#define FOLD(at)                                                                                   \
	BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX), BPF_STMT(BPF_MISC | BPF_TAX, 0), LOAD(at),       \
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)

/* A program with all addresses that may be spread has room, and jumps of 8 bits reach over one of them. */
enum { PROGRAM = 288, PER_ADDRESS = 12 };
_Static_assert(2 * PER_ADDRESS * WIRE_SHARED + 90 < PROGRAM, "all spread and pinned addresses have room");

struct program {
	struct sock_filter at[PROGRAM];
	uint16_t n;
};

static void put(struct program *p, struct sock_filter s)
{
	assert(p->n < PROGRAM);
	p->at[p->n++] = s;
}

static void put_all(struct program *p, const struct sock_filter *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(p, s[i]);
}

/* a, mixed, is the socket. */
static void put_choice(struct program *p, const struct steering *s)
{
	const struct sock_filter choice[] = {
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX),	  BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),	  BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, s->sockets), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, s->first),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	put_all(p, choice, COUNT_OF(choice));
}

static void put_by_address(struct program *p, const struct steering *s)
{
	const struct sock_filter address[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NET),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 2, 0),
		LOAD(12), /* IPv4: its source */
		BPF_STMT(BPF_JMP | BPF_JA, 13),
		LOAD(8),  /* IPv6: four words */
		FOLD(12),
		FOLD(16),
		FOLD(20),
	};
	put_all(p, address, COUNT_OF(address));
	put_choice(p, s);
}

static void put_by_sequence(struct program *p, const struct steering *s)
{
	const struct sock_filter kind[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 6, 0), /* v5 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 12), /* neither: on, behind both choices */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
	};
	put_all(p, kind, COUNT_OF(kind));
	put_choice(p, s);
}

/* Does this when the source is this address. */
static void put_match(struct program *p, const struct addr *a, struct sock_filter then)
{
	bool v4 = addr_is_v4(a);
	unsigned words = v4 ? 1 : 4;
	put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NET));
	put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4));
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v4 ? 4 : 6, 0, (uint8_t)(2 * words + 1)));
	for (unsigned i = 0; i < words; i++) {
		put(p, (struct sock_filter)LOAD(v4 ? 12 : 8 + 4 * i));
		put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, load_be32(a->b + (v4 ? 12 : 4 * i)), 0,
						    (uint8_t)(2 * (words - 1 - i) + 1)));
	}
	put(p, then);
}

enum err steer(int fd, const struct steering *s)
{
	struct program p = { .n = 0 };
	uint16_t match[WIRE_SHARED] = { 0 };
	assert(s->nspread <= WIRE_SHARED && s->npins <= WIRE_SHARED);
	for (size_t i = 0; i < s->npins; i++)
		put_match(&p, &s->pin[i].from, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, s->first + s->pin[i].socket));
	for (size_t i = 0; i < s->nspread; i++) { /* to the end of all of these: how far that is is set below */
		put_match(&p, &s->spread[i], (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
		match[i] = (uint16_t)(p.n - 1);
	}
	put_by_address(&p, s);
	for (size_t i = 0; i < s->nspread; i++)
		p.at[match[i]].k = p.n - 1u - match[i];
	if (s->nspread) {
		put_by_sequence(&p, s);
		put_by_address(&p, s);
	}
	const struct sock_fprog all = { .len = p.n, .filter = p.at };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof(all)) < 0 ? E_IO : OK;
}

enum err steer_attach(int fd, unsigned sockets)
{
	return steer(fd, &(struct steering){ .sockets = sockets });
}

enum err steer_attach_at(int fd, unsigned sockets, unsigned first)
{
	return steer(fd, &(struct steering){ .sockets = sockets, .first = first });
}
