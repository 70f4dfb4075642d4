/* Fetching over libcurl.  Redirects are followed here, hop by hop, and not by libcurl: each hop's
 * host goes through the same rules as the first one.  Whether an address may be reached is
 * decided on the address libcurl is about to connect to, so neither a name that resolves to
 * 127.0.0.1 nor one that changes between two look-ups gets round it.
 *
 * Proxies, netrc files and cookies of the environment play no part. */
#include "net/net.h"

#include "base/clock.h"
#include "net/private.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#define DEFAULT_BYTES ((size_t)64 << 20)
enum { DEFAULT_TIMEOUT_MS = 30000, DEFAULT_REDIRECTS = 5, MAX_URL = 8192 };

struct fetch {
	const char *url; /* as asked, for messages */
	const struct net_rules *rules;
	struct buf *out;
	struct problem *why;
	CURL *curl;
	struct net_known *known; /* NULL: none */
	struct curl_slist *ask;  /* header lines that go out */
	size_t begin, most; /* of the body in out */
	usec_t deadline;
	bool host_listed;
	enum err refused; /* why a callback stopped the transfer */
	char refused_addr[IP_TEXT];
};

static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void net_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_curl);
}

static int stopped(void *stop, curl_off_t dltotal _unused_, curl_off_t dlnow _unused_, curl_off_t ultotal _unused_, curl_off_t ulnow _unused_)
{
	return *(const volatile bool *)stop;
}

CURLcode net_heed(CURL *curl, const volatile bool *stop)
{
	if (!stop)
		return CURLE_OK;
	CURLcode code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stopped);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop);
	return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) : code;
}

/* -- messages: never the password that a URL may hold ---------------------------------------- */

static const char *plain_url(const char *url, char buf[static 240])
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	const char *at = memrchr(host, '@', strcspn(host, "/?#")); /* a password may have another */
	snprintf(buf, 240, "%.*s%.200s", (int)MIN(host - url, 10), url, at ? at + 1 : host);
	for (char *s = buf; *s; s++)
		if ((uint8_t)*s < 0x20 || *s == 0x7f)
			*s = '?';
	return buf;
}

static enum err refuse(const struct fetch *f, enum err e, const char *what)
{
	char url[240];
	return problem_set(f->why, e, "cannot fetch %s: %s", plain_url(f->url, url), what);
}

/* -- rules --------------------------------------------------------------------------------------
 */

/* "Example.org." and "example.org" are one host, as are two ways to write an address. */
static bool same_host(const char *a, const char *b)
{
	struct ip x, y;
	size_t la = strlen(a), lb = strlen(b);
	la -= la && a[la - 1] == '.';
	lb -= lb && b[lb - 1] == '.';
	if (ip_parse(a, &x) && ip_parse(b, &y))
		return memcmp(&x, &y, sizeof(x)) == 0;
	return la == lb && strncasecmp(a, b, la) == 0;
}

static bool listed(const struct net_rules *rules, const char *host)
{
	for (const char *const *h = rules->hosts; h && *h; h++)
		if (same_host(*h, host))
			return true;
	return false;
}

static enum err check_host(struct fetch *f, char *host)
{
	char text[160];
	size_t len = strlen(host);
	if (host[0] == '[' && host[len - 1] == ']') { /* "[::1]" */
		memmove(host, host + 1, len - 1);
		host[len - 2] = 0;
	}
	f->host_listed = listed(f->rules, host);
	if (!f->rules->hosts || f->host_listed)
		return OK;
	snprintf(text, sizeof(text), "host \"%.100s\" is not on the list of allowed hosts", host);
	return refuse(f, E_DENIED, text);
}

/* What libcurl makes of the URL is what counts, not what it looks like. */
static enum err check_url(struct fetch *f, const char *url)
{
	char *scheme = NULL, *host = NULL;
	enum err err;
	CURLU *u = curl_url();

	if (!u)
		return refuse(f, E_NOMEM, err_text(E_NOMEM));
	if (strlen(url) > MAX_URL)
		err = refuse(f, E_DENIED, "the URL is longer than 8192 bytes");
	else if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
		 curl_url_get(u, CURLUPART_SCHEME, &scheme, 0))
		err = refuse(f, E_DENIED, "not a URL, wanted http://... or https://...");
	else if (!STREQ(scheme, "http") && !STREQ(scheme, "https"))
		err = refuse(f, E_DENIED, "only http and https are fetched");
	else if (curl_url_get(u, CURLUPART_HOST, &host, 0))
		err = refuse(f, E_DENIED, "the URL names no host");
	else
		err = check_host(f, host);
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(u);
	return err;
}

static bool sockaddr_read(const struct curl_sockaddr *s, struct ip *ret)
{
	if (s->family == AF_INET && s->addrlen >= sizeof(struct sockaddr_in)) {
		const void *in = &((const struct sockaddr_in *)(const void *)&s->addr)->sin_addr;
		*ret = (struct ip){ { [10] = 0xff, [11] = 0xff } };
		memcpy(ret->b + 12, in, 4);
		return true;
	}
	if (s->family == AF_INET6 && s->addrlen >= sizeof(struct sockaddr_in6)) {
		/* longer than its type, struct sockaddr: addrlen says how much really lies there */
		const void *in6 = &((const struct sockaddr_in6 *)(const void *)&s->addr)->sin6_addr;
		memcpy(ret->b, in6, 16);
		return true;
	}
	return false;
}

/* -- what libcurl calls ---------------------------------------------------------------------------
 */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fetch *f = arg;
	struct ip a;

	if (purpose != CURLSOCKTYPE_IPCXN || !sockaddr_read(to, &a) ||
	    (f->rules->deny_private && !f->host_listed && ip_is_private(&a))) {
		f->refused = E_DENIED;
		snprintf(f->refused_addr, sizeof(f->refused_addr), "none");
		if (sockaddr_read(to, &a))
			ip_format(&a, f->refused_addr);
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_body(char *data, size_t one, size_t n, void *arg)
{
	struct fetch *f = arg;
	(void)one;
	if (n > f->most - (f->out->len - f->begin)) {
		f->refused = E_LIMIT;
		return 0;
	}
	buf_add(f->out, data, n);
	if (f->out->bad) {
		f->refused = f->out->bad;
		return 0;
	}
	return n;
}

/* -- one transfer
 * ----------------------------------------------------------------------------------- */

static enum err say_refused(struct fetch *f)
{
	char text[160];
	switch (f->refused) {
	case E_DENIED:
		snprintf(text, sizeof(text), "address %s is private, and the host is not listed",
			 f->refused_addr);
		return refuse(f, E_DENIED, text);
	case E_LIMIT:
		snprintf(text, sizeof(text), "larger than %zu bytes", f->most);
		return refuse(f, E_LIMIT, text);
	default:
		return refuse(f, f->refused, err_text(f->refused));
	}
}

static enum err say_failed(struct fetch *f, CURLcode code, const char *detail)
{
	char text[CURL_ERROR_SIZE + 40];
	static const struct {
		CURLcode code;
		const char *text;
	} known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "could not resolve host" },
		{ CURLE_OPERATION_TIMEDOUT, "timed out" },
		{ CURLE_GOT_NOTHING, "the server closed the connection without an answer" },
		{ CURLE_PARTIAL_FILE, "the answer broke off" },
		{ CURLE_PEER_FAILED_VERIFICATION, "the server's certificate is not trusted" },
	};
	long os_errno = 0;

	if (f->refused)
		return say_refused(f);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return refuse(f, E_CANCELLED, "stopped");
	if (code == CURLE_FILESIZE_EXCEEDED) {
		f->refused = E_LIMIT;
		return say_refused(f);
	}
	if (code == CURLE_COULDNT_CONNECT &&
	    curl_easy_getinfo(f->curl, CURLINFO_OS_ERRNO, &os_errno) == CURLE_OK && os_errno) {
		snprintf(text, sizeof(text), "%s", strerror((int)os_errno));
		text[0] = (char)(text[0] | 0x20); /* "connection refused" */
		return refuse(f, E_IO, text);
	}
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].code == code)
			return refuse(f, E_IO, known[i].text);
	snprintf(text, sizeof(text), "%s", *detail ? detail : curl_easy_strerror(code));
	return refuse(f, E_IO, text);
}

static CURLcode set_options(struct fetch *f, const char *url, long left_ms, char *detail)
{
	CURL *c = f->curl;
	CURLcode bad = CURLE_OK;
#define SET(option, value)                                                                         \
	if (bad == CURLE_OK)                                                                       \
	bad = curl_easy_setopt(c, option, value)
	curl_easy_reset(c);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L); /* so that every hop passes open_socket */
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_TIMEOUT_MS, left_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, left_ms);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)MIN(f->most, (size_t)INT64_MAX));
	SET(CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, f);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, f);
	SET(CURLOPT_ERRORBUFFER, detail);
	SET(CURLOPT_HTTPHEADER, f->ask);
#undef SET
	return bad == CURLE_OK ? net_heed(c, f->rules->stop) : bad;
}

/* One hop.  *ret_next is where it redirects to (libcurl's memory, until the next hop), or NULL. */
static enum err one_hop(struct fetch *f, const char *url, char **ret_next)
{
	char detail[CURL_ERROR_SIZE] = "", text[80];
	long status = 0;
	usec_t left = f->deadline - clock_monotonic();

	*ret_next = NULL;
	f->out->len = f->begin;
	f->refused = OK;
	if (left < 1000)
		return refuse(f, E_IO, "timed out");
	CURLcode code = set_options(f, url, (long)MIN(left / 1000, (usec_t)INT_MAX), detail);
	if (code == CURLE_OK)
		code = curl_easy_perform(f->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		return say_failed(f, code, detail);
	if (status >= 300 && status < 400 &&
	    curl_easy_getinfo(f->curl, CURLINFO_REDIRECT_URL, ret_next) == CURLE_OK && *ret_next)
		return OK;
	if (status == 304 && f->ask) {
		f->known->same = true;
		f->out->len = f->begin;
		return OK;
	}
	if (status < 200 || status > 299) {
		snprintf(text, sizeof(text), "HTTP %ld", status);
		return refuse(f, E_IO, text);
	}
	return OK;
}

static enum err follow(struct fetch *f)
{
	int left = f->rules->max_redirects ? f->rules->max_redirects : DEFAULT_REDIRECTS;
	_cleanup_(buf_free) struct buf url = { .ceiling = MAX_URL + 1 };
	enum err err;

	buf_add(&url, f->url, strlen(f->url));
	for (;;) {
		char *next;
		if (url.bad)
			return refuse(f, E_DENIED, "the URL is longer than 8192 bytes");
		if ((err = check_url(f, buf_str(&url))) != OK ||
		    (err = one_hop(f, buf_str(&url), &next)) != OK)
			return err;
		if (!next)
			return OK;
		if (left-- <= 0)
			return refuse(f, E_IO, "too many redirects");
		buf_reset(&url);
		buf_text(&url, next);
	}
}

static void take_type(CURL *curl, char ret[static 64])
{
	char *type = NULL;
	size_t n = 0;
	if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type)
		for (; type[n] && !strchr("; \t", type[n]) && n < 63; n++)
			ret[n] = type[n];
	ret[n] = 0;
}

/* A line of the answer's head; "" when it is not there, or longer than we keep. */
static void take_header(CURL *curl, const char *name, char *ret, size_t size)
{
	struct curl_header *h;
	bool have = curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK && strlen(h->value) < size;
	snprintf(ret, size, "%s", have ? h->value : "");
}

/* "NAME: VALUE" among the lines that go out; a value with a line break is not ours and stays here. */
static enum err ask_line(struct fetch *f, const char *name, const char *value)
{
	char line[400];
	if (!*value || strpbrk(value, "\r\n"))
		return OK;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(f->ask, line);
	if (!more)
		return E_NOMEM;
	f->ask = more;
	return OK;
}

static enum err ask_known(struct fetch *f)
{
	enum err err = ask_line(f, "If-None-Match", f->known->etag);
	return err == OK ? ask_line(f, "If-Modified-Since", f->known->modified) : err;
}

static enum err fetch(struct fetch *f, char ret_type[64])
{
	int ms = f->rules->timeout_ms > 0 ? f->rules->timeout_ms : DEFAULT_TIMEOUT_MS;
	net_start();
	if (f->out->bad)
		return f->out->bad;
	f->begin = f->out->len;
	f->most = f->rules->max_bytes ? f->rules->max_bytes : DEFAULT_BYTES;
	f->deadline = clock_monotonic() + (usec_t)ms * 1000;
	f->curl = curl_easy_init();
	enum err err = f->curl ? f->known ? ask_known(f) : OK : E_NOMEM;
	err = err == OK ? follow(f) : refuse(f, err, err_text(err));
	if (err != OK)
		f->out->len = f->begin;
	else if (ret_type)
		take_type(f->curl, ret_type);
	else if (f->known && !f->known->same) {
		take_header(f->curl, "ETag", f->known->etag, sizeof(f->known->etag));
		take_header(f->curl, "Last-Modified", f->known->modified, sizeof(f->known->modified));
	}
	curl_slist_free_all(f->ask);
	curl_easy_cleanup(f->curl);
	return err;
}

static const struct net_rules defaults = { 0 };

enum err net_fetch(const char *url, const struct net_rules *rules, struct buf *out,
		   char ret_type[64], struct problem *why)
{
	struct fetch f = { .url = url, .rules = rules ? rules : &defaults, .out = out, .why = why };
	return fetch(&f, ret_type);
}

enum err net_fetch_known(const char *url, const struct net_rules *rules, struct buf *out,
			 struct net_known *known, struct problem *why)
{
	struct fetch f = { .url = url, .rules = rules ? rules : &defaults, .out = out, .why = why, .known = known };
	known->same = false;
	return fetch(&f, NULL);
}
