/* net_fetch against a small server of our own: a child process that answers by the path. */
#include "unit.h"

#include "base/clock.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server = -1;
static char here[64]; /* http://127.0.0.1:PORT */
static uint16_t port;

/* -- the server ------------------------------------------------------------------------------- */

struct answer {
	const char *path, *head, *body; /* NULL body: see serve() */
};

static const struct answer answers[] = {
	{ "/plain", "200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: 5",
	  "hello" },
	{ "/empty", "200 OK\r\nContent-Length: 0", "" },
	{ "/gone", "410 Gone\r\nContent-Length: 4", "gone" },
	{ "/broken", "200 OK\r\nContent-Length: 100", "only this" },
	{ "/huge", "200 OK\r\nContent-Length: 99999999999", "x" },
	{ "/moved", "302 Found\r\nLocation: /plain\r\nContent-Length: 5", "wrong" },
	{ "/loop", "302 Found\r\nLocation: /loop\r\nContent-Length: 0", "" },
	{ "/to-file", "302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0", "" },
	{ "/to-ftp", "302 Found\r\nLocation: ftp://127.0.0.1/x\r\nContent-Length: 0", "" },
	{ "/to-name", "302 Found\r\nLocation: http://localhost:PORT/plain\r\nContent-Length: 0",
	  "" },
	{ "/endless", "200 OK", NULL },
	{ "/slow", "200 OK\r\nContent-Length: 10", NULL },
};

static void put(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = send(fd, s, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

static void put_head(int fd, const char *head)
{
	char text[512], number[8];
	snprintf(number, sizeof(number), "%u", port);
	const char *mark = strstr(head, "PORT");
	if (mark)
		snprintf(text, sizeof(text), "HTTP/1.1 %.*s%s%s\r\n\r\n", (int)(mark - head), head,
			 number, mark + 4);
	else
		snprintf(text, sizeof(text), "HTTP/1.1 %s\r\n\r\n", head);
	put(fd, text, strlen(text));
}

static void serve(int fd)
{
	char request[4096];
	ssize_t n = recv(fd, request, sizeof(request) - 1, 0);
	if (n <= 0)
		return;
	request[n] = 0;
	char *path = strchr(request, ' ');
	char *end = path ? strchr(path + 1, ' ') : NULL;
	if (!end)
		return;
	*end = 0;
	const struct answer *a = NULL;
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		if (STREQ(answers[i].path, path + 1))
			a = &answers[i];
	put_head(fd, a ? a->head : "404 Not Found\r\nContent-Length: 0");
	if (a && a->body)
		put(fd, a->body, strlen(a->body));
	if (a && STREQ(a->path, "/slow"))
		sleep(10);
	if (a && STREQ(a->path, "/endless")) {
		char block[65536];
		memset(block, 'e', sizeof(block));
		for (int i = 0; i < 1000; i++) /* 64 MB; the client hangs up before */
			put(fd, block, sizeof(block));
	}
}

static void serve_all(int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (fork() == 0) {
			alarm(20);
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

static int start_server(void **state)
{
	(void)state;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 50) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -1;
	port = ntohs(a.sin_port);
	snprintf(here, sizeof(here), "http://127.0.0.1:%u", port);
	setenv("http_proxy", "http://127.0.0.1:1/", 1); /* must play no part */
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	server = fork();
	if (server == 0) {
		alarm(120); /* never outlives the test by much */
		serve_all(fd);
	}
	close(fd);
	return server < 0 ? -1 : 0;
}

static int stop_server(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

/* -- the client ---------------------------------------------------------------------------------
 */

static struct buf out;
static char type[64];
static struct problem why;

static enum err fetch(const char *path, const struct net_rules *rules)
{
	char url[256];
	snprintf(url, sizeof(url), "%s%s", here, path);
	buf_free(&out);
	out = (struct buf){ 0 };
	why = (struct problem){ 0 };
	type[0] = 0;
	enum err e = net_fetch(url, rules, &out, type, &why);
	if (e != OK)
		assert_int_equal(out.len, 0); /* untouched */
	return e;
}

static void says(const char *path, const char *what)
{
	char want[256];
	snprintf(want, sizeof(want), "cannot fetch %s%s: %s", here, path, what);
	assert_string_equal(why.text, want);
}

static void a_body_is_appended(void **state)
{
	(void)state;
	char url[256];
	assert_int_equal(fetch("/plain", NULL), OK);
	assert_string_equal(buf_str(&out), "hello");
	assert_string_equal(type, "text/xml");
	snprintf(url, sizeof(url), "%s/plain", here);
	assert_int_equal(net_fetch(url, NULL, &out, NULL, NULL), OK);
	assert_string_equal(buf_str(&out), "hellohello");
	assert_int_equal(fetch("/empty", NULL), OK);
	assert_int_equal(out.len, 0);
	assert_string_equal(type, "");
}

static void what_fails_is_said(void **state)
{
	(void)state;
	assert_int_equal(fetch("/nowhere", NULL), E_IO);
	says("/nowhere", "HTTP 404");
	assert_int_equal(fetch("/gone", NULL), E_IO);
	says("/gone", "HTTP 410");
	assert_int_equal(fetch("/broken", NULL), E_IO);
	says("/broken", "the answer broke off");
	assert_int_equal(net_fetch("http://127.0.0.1:1/", NULL, &out, NULL, &why), E_IO);
	assert_string_equal(why.text, "cannot fetch http://127.0.0.1:1/: connection refused");
	assert_int_equal(net_fetch("http://there.is.no.such.host.invalid/", NULL, &out, NULL, &why),
			 E_IO);
	assert_string_equal(
		why.text,
		"cannot fetch http://there.is.no.such.host.invalid/: could not resolve host");
}

static void a_password_in_the_url_is_not_said(void **state)
{
	(void)state;
	assert_int_equal(net_fetch("http://user:secret@127.0.0.1:1/a@b", NULL, &out, NULL, &why),
			 E_IO);
	assert_null(strstr(why.text, "secret"));
	assert_non_null(strstr(why.text, "http://127.0.0.1:1/a@b"));
	assert_int_equal(net_fetch("http://user:it@secret@127.0.0.1:1/", NULL, &out, NULL, &why), E_DENIED); /* no URL */
	assert_non_null(strstr(why.text, "http://127.0.0.1:1/:"));
}

static void only_http_is_fetched(void **state)
{
	(void)state;
	static const char *const bad[] = { "file:///etc/passwd",
					   "ftp://127.0.0.1/",
					   "gopher://127.0.0.1/",
					   "dict://127.0.0.1/",
					   "HTTPX://127.0.0.1/",
					   "javascript:1",
					   "",
					   "http://",
					   "/etc/passwd",
					   "http://a b/" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(net_fetch(bad[i], NULL, &out, NULL, &why), E_DENIED);
	char longer[10000];
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "http://127.0.0.1/", 17);
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(net_fetch(longer, NULL, &out, NULL, &why), E_DENIED);
}

static void redirects_are_followed_inside_http(void **state)
{
	(void)state;
	assert_int_equal(fetch("/moved", NULL), OK);
	assert_string_equal(buf_str(&out), "hello");
	assert_int_equal(fetch("/loop", NULL), E_IO);
	says("/loop", "too many redirects");
	assert_int_equal(fetch("/to-file", NULL), E_DENIED);
	says("/to-file", "only http and https are fetched");
	assert_int_equal(fetch("/to-ftp", NULL), E_DENIED);
}

static void size_and_time_have_ceilings(void **state)
{
	(void)state;
	const struct net_rules small = { .max_bytes = 1000000 };
	assert_int_equal(fetch("/endless", &small), E_LIMIT);
	says("/endless", "larger than 1000000 bytes");
	assert_int_equal(fetch("/huge", &small), E_LIMIT);
	const struct net_rules exact = { .max_bytes = 5 };
	assert_int_equal(fetch("/plain", &exact), OK);
	const struct net_rules less = { .max_bytes = 4 };
	assert_int_equal(fetch("/plain", &less), E_LIMIT);
	const struct net_rules quick = { .timeout_ms = 300 };
	usec_t started = clock_monotonic();
	assert_int_equal(fetch("/slow", &quick), E_IO);
	says("/slow", "timed out");
	assert_true(clock_monotonic() - started < 5 * USEC_PER_SEC);
	/* the buffer's own ceiling counts too */
	struct buf narrow = { .ceiling = 3 };
	char url[256];
	snprintf(url, sizeof(url), "%s/plain", here);
	assert_int_equal(net_fetch(url, NULL, &narrow, NULL, &why), E_LIMIT);
	buf_free(&narrow);
}

static void only_listed_hosts_are_asked(void **state)
{
	(void)state;
	static const char *const other[] = { "example.org", "10.0.0.1", NULL };
	static const char *const ours[] = { "example.org", "127.0.0.1", NULL };
	static const char *const nobody[] = { NULL };
	const struct net_rules denied = { .hosts = other }, none = { .hosts = nobody };
	const struct net_rules allowed = { .hosts = ours, .deny_private = true };
	assert_int_equal(fetch("/plain", &denied), E_DENIED);
	says("/plain", "host \"127.0.0.1\" is not on the list of allowed hosts");
	assert_int_equal(fetch("/plain", &none), E_DENIED);
	assert_int_equal(fetch("/plain", &allowed), OK);         /* listed: may be private */
	assert_int_equal(fetch("/to-name", &allowed), E_DENIED); /* localhost is not listed */
	says("/to-name", "host \"localhost\" is not on the list of allowed hosts");
	static const char *const names[] = { "LocalHost.", NULL };
	const struct net_rules by_name = { .hosts = names, .deny_private = true };
	char url[256];
	snprintf(url, sizeof(url), "http://localhost:%u/plain", port);
	assert_int_equal(net_fetch(url, &by_name, &out, NULL, &why), OK);
}

/* However it is written, and whatever name leads there. */
static void private_addresses_are_not_reached(void **state)
{
	(void)state;
	static const char *const ways[] = {
		"127.0.0.1",       "localhost",          "127.1",     "0x7f000001", "2130706433",
		"0177.0.0.1",      "[::ffff:127.0.0.1]", "[::1]",     "0.0.0.0",    "[::]",
		"169.254.169.254", "10.0.0.1",           "[fe80::1]", "[fd00::1]",  "[::127.0.0.1]",
		"[2002:7f00:1::]", "[64:ff9b::7f00:1]"
	};
	const struct net_rules rules = { .deny_private = true, .timeout_ms = 2000 };
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		char url[256];
		snprintf(url, sizeof(url), "http://%s:%u/plain", ways[i], port);
		struct buf b = { 0 };
		enum err e = net_fetch(url, &rules, &b, NULL, &why);
		if (e != E_DENIED)
			fail_msg("%s: %s (%s)", ways[i], err_text(e), why.text);
		assert_int_equal(b.len, 0);
		buf_free(&b);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_appended),
		cmocka_unit_test(what_fails_is_said),
		cmocka_unit_test(a_password_in_the_url_is_not_said),
		cmocka_unit_test(only_http_is_fetched),
		cmocka_unit_test(redirects_are_followed_inside_http),
		cmocka_unit_test(size_and_time_have_ceilings),
		cmocka_unit_test(only_listed_hosts_are_asked),
		cmocka_unit_test(private_addresses_are_not_reached),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	int bad = cmocka_run_group_tests(tests, start_server, stop_server);
	buf_free(&out);
	return bad;
}
