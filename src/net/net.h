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
};

/* What is known of a copy that one has: the server's own words of it, "" when it said none. */
struct net_known {
	char etag[256], modified[64];
	bool same; /* out only: the copy is still the server's; nothing was fetched */
};

void net_start(void);

/* GET.  The body is appended to out; ret_type (may be NULL) gets the media type.
 * E_DENIED (rules), E_IO (*why says what: name not found, refused, HTTP 404 ...), E_LIMIT. */
enum err net_fetch(const char *url, const struct net_rules *rules, struct buf *out,
		   char ret_type[64], struct problem *why) _must_check_;

/* The same, but a copy that the server says has not changed (304) is not sent again: *known goes out
 * as If-None-Match and If-Modified-Since, and comes back as what belongs to the body.  On failure it
 * is as it was. */
enum err net_fetch_known(const char *url, const struct net_rules *rules, struct buf *out,
			 struct net_known *known, struct problem *why) _must_check_;
