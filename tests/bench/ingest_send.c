/* Sends the datagrams of a capture, over and over, to 127.0.0.1 at a steady pace: the same load for
 * every collector.
 *
 *	ingest_send FILE PORT RECORDS-A-SECOND SECONDS
 *
 * Prints "DATAGRAMS RECORDS SECONDS" as sent, and its own CPU seconds into the file that the
 * environment variable INGEST_SEND_CPU names.  A record is a flow sample or a flow record, as wire/
 * counts them.  The pace is kept in steps of a millisecond, whatever the collector does. */
#include "base/clock.h"
#include "base/mem.h"
#include "wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 64, MOST = 1 << 20 };

struct load {
	struct iovec *at;   /* payloads */
	uint32_t *records;  /* in each */
	size_t n;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void load_read(const char *path, struct load *l)
{
	const struct wire_sink nowhere = { 0 };
	struct capture *c;
	struct wire *w;
	struct problem why = { 0 };
	struct datagram d;
	if (capture_open(path, &c, &why) != OK || wire_new(&nowhere, &w) != OK) {
		fprintf(stderr, "%s: %s\n", path, why.text);
		exit(1);
	}
	l->at = mem_new0(MOST, sizeof(*l->at));
	l->records = mem_new0(MOST, sizeof(*l->records));
	if (!l->at || !l->records)
		die("memory");
	for (uint64_t before = 0; l->n < MOST && capture_next(c, &d, &why) == OK; l->n++) {
		void *copy = mem_alloc(d.len);
		if (!copy)
			die("memory");
		memcpy(copy, d.data, d.len);
		wire_decode(w, &d);
		l->at[l->n] = (struct iovec){ copy, d.len };
		l->records[l->n] = (uint32_t)(wire_totals(w)->rows - before);
		before = wire_totals(w)->rows;
	}
	uint64_t all = wire_totals(w)->rows;
	wire_free(w);
	capture_close(c);
	if (!all) {
		fprintf(stderr, "%s: holds no flows\n", path);
		exit(1);
	}
}

static int connect_to(uint16_t port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		die("socket");
	return fd;
}

static void send_all(int fd, struct mmsghdr *m, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int sent = sendmmsg(fd, m + done, n - done, 0);
		if (sent < 0 && errno != EINTR && errno != ECONNREFUSED && errno != ENOBUFS)
			die("sendmmsg");
		done += sent > 0 ? (unsigned)sent : 0;
	}
}

static void tell_cpu(void)
{
	const char *path = getenv("INGEST_SEND_CPU");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%.3f\n", (double)clock_cpu() / 1e6);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct load l = { 0 };
	struct mmsghdr m[BURST];
	if (argc != 5) {
		fputs("usage: ingest_send FILE PORT RECORDS-A-SECOND SECONDS\n", stderr);
		return 2;
	}
	load_read(argv[1], &l);
	int fd = connect_to((uint16_t)atoi(argv[2]));
	double pace = atof(argv[3]), length = atof(argv[4]);
	uint64_t datagrams = 0, records = 0;
	usec_t start = clock_monotonic(), now = start;
	for (size_t i = 0; (double)(now - start) / 1e6 < length; now = clock_monotonic()) {
		double due = (double)(now - start) / 1e6 * pace;
		while ((double)records < due) {
			unsigned n = 0;
			for (; n < BURST && (double)records < due; n++, i = (i + 1) % l.n) {
				m[n] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &l.at[i], .msg_iovlen = 1 } };
				records += l.records[i];
			}
			send_all(fd, m, n);
			datagrams += n;
			if ((double)(clock_monotonic() - start) / 1e6 > length)
				break;
		}
		const struct timespec nap = { .tv_nsec = 1000000 };
		nanosleep(&nap, NULL);
	}
	printf("%" PRIu64 " %" PRIu64 " %.3f\n", datagrams, records, (double)(clock_monotonic() - start) / 1e6);
	close(fd);
	tell_cpu();
	return 0;
}
