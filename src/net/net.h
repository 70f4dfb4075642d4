/* The door of net/, and the only one to libcurl: fetch a URL under rules.
 * Any thread; net_start() once before threads. */
#pragma once
#include "base/buf.h"

/* What may be fetched.  Zeroed = http and https, any host, the defaults below. */
struct net_rules {
	const char *const *hosts; /* NULL-ended allow-list of host names or addresses; NULL = any */
	bool deny_private;        /* refuse loopback, link-local and private addresses unless the
				   * host is listed; checked on every address connected to, so that
				   * redirects and DNS tricks do not get round it */
	size_t max_bytes;         /* 0 = 64 MB */
	int timeout_ms;           /* whole transfer; 0 = 30 s */
	int max_redirects;        /* 0 = 5; a redirect never leaves http/https */
	const volatile bool *stop; /* set by another thread: ends with E_CANCELLED within a second; may be NULL */
};

/* What is known of a copy that one has: the server's own words of it, "" when it said none. */
struct net_known {
	char etag[256], modified[64];
	bool same; /* out only: the copy is still the server's; nothing was fetched */
};

void net_start(void);

/* GET.  The body is appended to out; ret_type (may be NULL) gets the media type.
 * E_DENIED (rules), E_IO (*why says what: name not found, refused, HTTP 404 ...), E_LIMIT, E_CANCELLED. */
enum err net_fetch(const char *url, const struct net_rules *rules, struct buf *out,
		   char ret_type[64], struct problem *why) _must_check_;

/* The same, but a copy that the server says has not changed (304) is not sent again: *known goes out
 * as If-None-Match and If-Modified-Since, and comes back as what belongs to the body.  On failure it
 * is as it was. */
enum err net_fetch_known(const char *url, const struct net_rules *rules, struct buf *out,
			 struct net_known *known, struct problem *why) _must_check_;

/* -- mail ---------------------------------------------------------------------------------------- */

/* Where mail goes out.  Passwords never stand in a message. */
struct mail_server {
	const char *url;      /* smtp://host:port (STARTTLS when offered), smtps://host:port */
	const char *from;     /* sender's address */
	const char *user, *password; /* NULL: no log-in */
	bool plain;           /* no STARTTLS asked for: a server on the same machine */
	int timeout_ms;       /* whole delivery; 0 = 60 s */
	const volatile bool *stop; /* as in net_rules */
};

struct mail_part { /* an attachment */
	const char *name, *type; /* file's name; media type, NULL = application/octet-stream */
	const void *data;
	size_t len;
};

enum { MAX_MAIL_TO = 100, MAX_MAIL_PARTS = 50 };
#define MAX_MAIL_BYTES ((size_t)25 << 20) /* of all parts together */

struct mail {
	const char *const *to; /* addresses: user@host */
	size_t nto;
	const char *subject, *text, *html; /* UTF-8; text or html or both */
	const struct mail_part *part;
	size_t npart;
};

/* True for user@host as mail is sent to: one "@", no blanks, no control or quoting characters. */
bool mail_address_good(const char *address);

/* One mail to all of them, whole or not at all: E_SYNTAX (an address, a part: *why names it), E_LIMIT,
 * E_IO (*why has what the server said), E_CANCELLED. */
enum err mail_send(const struct mail_server *server, const struct mail *m, struct problem *why) _must_check_;
