/* The only file that knows OpenSSL's TLS.  See tls.h.
 *
 * We only read: no session is resumed (an exporter stays connected for days), so no tickets are sent
 * and nothing is cached; no renegotiation, which is work a stranger could ask for again and again. */
#include "collect/tls.h"

#include "base/mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

struct tls {
	SSL_CTX *ctx;
};

struct tls_session {
	SSL *ssl;
};

/* OpenSSL does not tell an unreadable file from a wrong one. */
static enum err wrong_file(const char *path, const char *what, struct problem *why)
{
	char text[160] = "";
	unsigned long e = ERR_peek_last_error();
	if (access(path, R_OK) < 0)
		return problem_set(why, E_IO, "%s: %s", path, strerror(errno));
	if (e)
		ERR_error_string_n(e, text, sizeof(text));
	return problem_set(why, E_SYNTAX, "%s: is no %s%s%s", path, what, e ? ": " : "", text);
}

static enum err load_files(SSL_CTX *ctx, const struct tls_files *f, struct problem *why)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, f->certificate) != 1)
		return wrong_file(f->certificate, "certificate (PEM)", why);
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		return wrong_file(f->key, "key of that certificate (PEM)", why);
	if (!f->clients || !*f->clients)
		return OK;
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(f->clients);
	if (!names || SSL_CTX_load_verify_locations(ctx, f->clients, NULL) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return wrong_file(f->clients, "certificate of a CA (PEM)", why);
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return OK;
}

enum err tls_new(const struct tls_files *files, struct tls **ret, struct problem *why)
{
	if (!files || !files->certificate || !*files->certificate || !files->key || !*files->key)
		return problem_set(why, E_SYNTAX, "a place with tls: needs collect.tls_certificate and collect.tls_key");
	struct tls *t = mem_new0(1, sizeof(*t));
	if (t)
		t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t || !t->ctx) {
		tls_free(t);
		return problem_set(why, E_NOMEM, "TLS: %s", err_text(E_NOMEM));
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(t->ctx, 0);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
	enum err err = load_files(t->ctx, files, why);
	if (err != OK) {
		tls_free(t);
		return err;
	}
	*ret = t;
	return OK;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	mem_free(t);
}

struct tls_session *tls_session_new(struct tls *t, int fd)
{
	struct tls_session *s = mem_new0(1, sizeof(*s));
	if (!s)
		return NULL;
	s->ssl = SSL_new(t->ctx);
	if (!s->ssl || SSL_set_fd(s->ssl, fd) != 1) {
		tls_session_free(s);
		return NULL;
	}
	SSL_set_accept_state(s->ssl);
	return s;
}

void tls_session_free(struct tls_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	mem_free(s);
}

bool tls_session_open(const struct tls_session *s)
{
	return SSL_is_init_finished(s->ssl);
}

enum tls_read tls_read(struct tls_session *s, uint8_t *data, size_t len, size_t *ret_len, bool *ret_more)
{
	ERR_clear_error();
	*ret_more = false;
	errno = 0;
	int n = SSL_read(s->ssl, data, (int)MIN(len, (size_t)INT32_MAX));
	if (n > 0) {
		*ret_len = (size_t)n;
		*ret_more = SSL_pending(s->ssl) > 0;
		return TLS_GOT;
	}
	switch (SSL_get_error(s->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WAIT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WAIT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		return TLS_FAILED;
	}
}
