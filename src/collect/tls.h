/* TLS on connections from exporters (RFC 7011 11): version 1.2 or later, our certificate, and where a
 * CA is named nobody without a certificate of it.  Files are read once, before the jail. */
#pragma once
#include "collect/collect.h"

struct tls;
struct tls_session;

/* E_IO, E_SYNTAX (a file holds something else), E_NOMEM; *why names the file. */
enum err tls_new(const struct tls_files *files, struct tls **ret, struct problem *why) _must_check_;
void tls_free(struct tls *t);

/* The descriptor stays the caller's.  NULL = out of memory.  The handshake is made while reading. */
struct tls_session *tls_session_new(struct tls *t, int fd);
void tls_session_free(struct tls_session *s);
bool tls_session_open(const struct tls_session *s); /* the handshake is over */

enum tls_read { TLS_GOT, TLS_WAIT_READ, TLS_WAIT_WRITE, TLS_ENDED, TLS_FAILED };

/* TLS_GOT: *ret_len bytes, and *ret_more tells that others were decrypted already, which no
 * epoll knows of. */
enum tls_read tls_read(struct tls_session *s, uint8_t *data, size_t len, size_t *ret_len, bool *ret_more);
