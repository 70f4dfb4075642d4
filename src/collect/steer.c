/* All datagrams of one exporter reach the same worker, whatever ports they come from and go to:
 * templates and sequence numbers belong to an address, and workers share nothing.
 *
 * The kernel asks this program, in classic BPF, which socket of the group gets a datagram.  It sees
 * the network header at SKF_NET_OFF, of IPv4 or IPv6 (a dual socket gets both):
 *
 *	a = version 6 ? words of the source address, mixed : the source address
 *	a *= golden ratio;  a ^= a >> 16;  return a % sockets + first
 *
 * Sockets count in the order in which they were bound. */
#include "collect/udp.h"

#include <linux/filter.h>
#include <sys/socket.h>

#define NET      ((uint32_t)SKF_NET_OFF)
#define MIX      UINT32_C(0x9e3779b1)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NET + (at))
#define FOLD(at)                                                                                   \
	BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX), BPF_STMT(BPF_MISC | BPF_TAX, 0), LOAD(at),       \
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)

enum err steer_attach_at(int fd, unsigned sockets, unsigned first)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NET),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 2, 0),
		LOAD(12), /* IPv4: its source */
		BPF_STMT(BPF_JMP | BPF_JA, 13),
		LOAD(8),  /* IPv6: four words */
		FOLD(12),
		FOLD(16),
		FOLD(20),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, sockets),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, first),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_fprog all = { .len = COUNT_OF(program), .filter = program };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof(all)) < 0 ? E_IO : OK;
}

enum err steer_attach(int fd, unsigned sockets)
{
	return steer_attach_at(fd, sockets, 0);
}
