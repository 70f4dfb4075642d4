/* Fuzz: sessions over TCP and TLS, through real sockets.  Input: { connection (2 bits) and whether it then ends (1 bit),
 * length (2 bytes, big-endian), bytes }*.  Connections 0 and 1 are plain, 2 sends its bytes to the TLS port as they
 * are, 3 is a good TLS client's.  In whatever pieces bytes come, messages are whole, in order, and nobody else's. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collect/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINKS = 4, GOOD_TLS = 3, STEPS = 40 };

struct link {
	int fd;
	uint16_t port;
	SSL *ssl;
	uint8_t *sent;
	size_t nsent, given;
};

struct run {
	struct streams *streams;
	struct wire *wire;
	struct link link[LINKS];
	uint64_t messages;
};

static struct udp_socket places[2]; /* TCP, TLS */
static struct tls *server;
static SSL_CTX *client;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void write_certificate(const char *certificate, const char *key)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	must(k && x);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	must(X509_set_pubkey(x, k) == 1 && X509_sign(x, k, EVP_sha256()) > 0);
	FILE *f = fopen(certificate, "w");
	must(f && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
	f = fopen(key, "w");
	must(f && PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
	X509_free(x);
	EVP_PKEY_free(k);
}

/* Once for all inputs. */
static void open_places(void)
{
	char folder[] = "/tmp/weir-fuzz.XXXXXX", certificate[64], key[64];
	struct problem why = { 0 };
	if (server)
		return;
	signal(SIGPIPE, SIG_IGN);
	must(mkdtemp(folder) != NULL);
	snprintf(certificate, sizeof(certificate), "%s/cert", folder);
	snprintf(key, sizeof(key), "%s/key", folder);
	write_certificate(certificate, key);
	must(tls_new(&(struct tls_files){ .certificate = certificate, .key = key }, &server, &why) == OK);
	unlink(certificate);
	unlink(key);
	rmdir(folder);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK), .transport = i ? TRANSPORT_TLS : TRANSPORT_TCP };
		must(udp_open(&at, 0, 1, &places[i], &why) == OK);
	}
	client = SSL_CTX_new(TLS_client_method());
	must(client != NULL);
}

/* Two connections to different places may have the same port here. */
static struct link *link_of(struct run *r, const struct datagram *d)
{
	for (size_t i = 0; i < LINKS; i++)
		if (r->link[i].fd >= 0 && r->link[i].port == d->from_port && places[i >= 2].port == d->to_port)
			return &r->link[i];
	return NULL;
}

static bool on_message(void *arg, const struct datagram *d)
{
	struct run *r = arg;
	struct link *l = link_of(r, d);
	assert(l && d->session && d->len >= 16 && load_be16(d->data) == 10 && load_be16(d->data + 2) == d->len);
	assert(l != &r->link[2] && d->len <= l->nsent - l->given && memcmp(l->sent + l->given, d->data, d->len) == 0);
	l->given += d->len;
	r->messages++;
	wire_decode(r->wire, d);
	return d->data[d->len - 1] != 0xff; /* as if it were malformed */
}

static void on_ended(void *arg, uint32_t session)
{
	struct run *r = arg;
	wire_session_end(r->wire, session);
}

static void serve(struct run *r)
{
	for (int i = 0; i < STEPS && streams_run(r->streams); i++)
		;
}

static void hang_up(struct run *r, struct link *l)
{
	const struct linger at_once = { .l_onoff = 1 }; /* leaves no port behind that waits */
	if (l->fd < 0)
		return;
	serve(r);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	SSL_free(l->ssl);
	close(l->fd);
	serve(r);
	free(l->sent);
	*l = (struct link){ .fd = -1 };
}

static void shake_hands(struct run *r, struct link *l)
{
	l->ssl = SSL_new(client);
	must(l->ssl && SSL_set_fd(l->ssl, l->fd) == 1);
	for (int i = 0; i < STEPS && SSL_connect(l->ssl) != 1; i++)
		serve(r);
}

static bool dial(struct run *r, size_t i, size_t most)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(places[i >= 2].port) };
	socklen_t len = sizeof(to);
	struct link *l = &r->link[i];
	int one = 1;
	*l = (struct link){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .sent = malloc(most ? most : 1) };
	must(l->sent != NULL);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    getsockname(l->fd, (struct sockaddr *)&to, &len) != 0) {
		hang_up(r, l);
		return false;
	}
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)fcntl(l->fd, F_SETFL, O_NONBLOCK);
	l->port = ntohs(to.sin_port);
	serve(r);
	if (i == GOOD_TLS)
		shake_hands(r, l);
	return true;
}

static void say(struct run *r, struct link *l, const uint8_t *data, size_t len)
{
	if (l->ssl && !SSL_is_init_finished(l->ssl)) { /* refused, or this machine too busy for the handshake */
		serve(r);
		return;
	}
	memcpy(l->sent + l->nsent, data, len); /* before it can come back as a message */
	l->nsent += len;
	if (!l->ssl)
		(void)!send(l->fd, data, len, MSG_NOSIGNAL);
	else if (len)
		(void)SSL_write(l->ssl, data, (int)len);
	serve(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_sink nobody;
	uint64_t drops[DROPS] = { 0 };
	struct run r = { .link = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } };
	const size_t most = size;
	open_places();
	const struct streams_options opt = {
		.place = places, .nplaces = COUNT_OF(places), .tls = server, .drops = drops, .arg = &r,
		.limits = { .sessions = 3, .of_address = 3, .message = USEC_PER_MIN, .idle = USEC_PER_MIN },
		.message = on_message, .ended = on_ended,
	};
	if (wire_new(&nobody, &r.wire) != OK || streams_new(&opt, &r.streams) != OK)
		abort();
	while (size >= 3) {
		struct link *l = &r.link[data[0] & 3];
		size_t len = MIN((size_t)load_be16(data + 1), size - 3);
		if (l->fd >= 0 || dial(&r, data[0] & 3, most))
			say(&r, l, data + 3, len);
		assert(streams_open(r.streams) <= opt.limits.sessions);
		if (data[0] & 4)
			hang_up(&r, l);
		data += 3 + len;
		size -= 3 + len;
	}
	for (size_t i = 0; i < LINKS; i++)
		hang_up(&r, &r.link[i]);
	streams_free(r.streams);
	assert(wire_totals(r.wire)->datagrams <= r.messages);
	wire_free(r.wire);
	return 0;
}
