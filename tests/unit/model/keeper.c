/* A mapping kept in force: what stays when its file or its server does not do well.  The server is a
 * child process that answers what a shared page says. */
#include "unit.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/customers.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char one[] = "<customers><customer id=\"one\"/></customers>";
static const char two[] = "id,name\none,\ntwo,\n";
static const char wrong[] = "<customers><customer/></customers>";

struct page {
	int status;
	char etag[32], body[256];
	_Atomic int asked, matched; /* requests; those that named the etag */
};

static struct page *page;
static pid_t server = -1;
static char url[64], folder[] = "/tmp/weir-keeper.XXXXXX";

static void answer(int fd)
{
	char request[4096], head[256];
	ssize_t n = recv(fd, request, sizeof(request) - 1, 0);
	if (n <= 0)
		return;
	request[n] = 0;
	const char *match = strstr(request, "If-None-Match: ");
	bool same = match && *page->etag && strncmp(match + 15, page->etag, strlen(page->etag)) == 0;
	page->asked++;
	page->matched += same;
	int status = same ? 304 : page->status;
	size_t len = status == 200 ? strlen(page->body) : 0;
	snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s%s%s\r\n", status, len, *page->etag ? "ETag: " : "",
		 page->etag, *page->etag ? "\r\n" : "");
	if (send(fd, head, strlen(head), MSG_NOSIGNAL) > 0 && len)
		(void)!send(fd, page->body, len, MSG_NOSIGNAL);
}

static int start(void **unused)
{
	(void)unused;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || page == MAP_FAILED || bind(fd, (struct sockaddr *)&at, len) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&at, &len) || !mkdtemp(folder))
		return 1;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/customers", ntohs(at.sin_port));
	server = fork();
	for (int to; !server && (to = accept(fd, NULL, NULL)) >= 0;) {
		answer(to);
		close(to);
	}
	if (!server)
		_exit(0);
	close(fd);
	return server < 0;
}

static int stop(void **unused)
{
	(void)unused;
	char command[100];
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const struct zone *utc(void)
{
	const struct zone *z;
	assert_int_equal(zone_find("UTC", &z), OK);
	return z;
}

static void serve(int status, const char *etag, const char *body)
{
	page->status = status;
	snprintf(page->etag, sizeof(page->etag), "%s", etag);
	snprintf(page->body, sizeof(page->body), "%s", body);
}

static size_t in_force(struct customers_keeper *k)
{
	struct customers *c = customers_current(k);
	size_t n = c ? customers_count(c) : 0;
	customers_free(c);
	return n;
}

static void refresh(struct customers_keeper *k, enum err want, bool want_changed, size_t want_customers)
{
	struct problem why = { 0 };
	bool changed;
	assert_int_equal(customers_refresh(k, NULL, NULL, &changed, &why), want);
	assert_int_equal(changed, want_changed);
	assert_int_equal(why.text[0] != 0, want != OK);
	assert_int_equal(in_force(k), want_customers);
}

static void put_file(const char *path, const char *text)
{
	assert_int_equal(file_write_at(AT_FDCWD, path, text, strlen(text)), OK);
}

static void a_file_with_an_error_changes_nothing(void **unused)
{
	(void)unused;
	char path[100];
	struct customers_keeper *k;
	snprintf(path, sizeof(path), "%s/customers", folder);
	const struct customers_source from = { .from = path, .zone = utc(), .copies = -1 };
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	refresh(k, E_IO, false, 0);
	put_file(path, one);
	refresh(k, OK, true, 1);
	struct customers *held = customers_current(k);
	refresh(k, OK, false, 1); /* as it was: not even read */
	put_file(path, wrong);
	refresh(k, E_SYNTAX, false, 1);
	refresh(k, E_SYNTAX, false, 1); /* and said again until it is mended */
	put_file(path, two);
	refresh(k, OK, true, 2);
	assert_int_equal(customers_count(held), 1); /* who holds the old one keeps it */
	assert_int_equal(unlink(path), 0);
	refresh(k, E_IO, false, 2);
	customers_free(held);
	customers_keeper_free(k);
}

static void a_server_is_asked_whether_there_is_a_newer_one(void **unused)
{
	(void)unused;
	struct customers_keeper *k;
	const struct customers_source from = { .from = url, .zone = utc(), .copies = -1 };
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	serve(200, "\"a\"", one);
	page->asked = page->matched = 0;
	refresh(k, OK, true, 1);
	refresh(k, OK, false, 1);
	assert_int_equal(page->asked, 2);
	assert_int_equal(page->matched, 1);
	serve(200, "\"b\"", two);
	refresh(k, OK, true, 2);
	serve(200, "", two); /* no validators: sent again, and the same */
	refresh(k, OK, false, 2);
	serve(500, "", "");
	refresh(k, E_IO, false, 2);
	serve(200, "\"c\"", wrong);
	refresh(k, E_SYNTAX, false, 2);
	page->matched = 0;
	refresh(k, E_SYNTAX, false, 2); /* what was refused is asked for again */
	assert_int_equal(page->matched, 0);
	customers_keeper_free(k);
}

static void the_last_good_copy_outlives_us(void **unused)
{
	(void)unused;
	struct customers_keeper *k;
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	struct customers_source from = { .from = url, .zone = utc(), .copies = dir };
	serve(200, "\"a\"", one);
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	refresh(k, OK, true, 1);
	serve(200, "\"b\"", wrong);
	refresh(k, E_SYNTAX, false, 1);
	customers_keeper_free(k);

	serve(503, "", ""); /* another process, and the server is away: the copy, and the reason why */
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	refresh(k, E_IO, true, 1);
	customers_keeper_free(k);

	serve(200, "\"a\"", one);
	page->asked = page->matched = 0;
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	refresh(k, OK, true, 1);
	assert_int_equal(page->matched, 1); /* its validators were kept with it */
	customers_keeper_free(k);

	char other[80]; /* a copy is of one URL */
	snprintf(other, sizeof(other), "%s2", url);
	from.from = other;
	serve(503, "", "");
	assert_int_equal(customers_keeper_new(&from, &k), OK);
	refresh(k, E_IO, false, 0);
	customers_keeper_free(k);
	close(dir);
}

/* A collector fetches nothing: what others kept is in force, and is read again when it is another. */
static void a_copy_that_others_keep_is_followed(void **unused)
{
	(void)unused;
	struct customers_keeper *k, *others;
	char other[80];
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	snprintf(other, sizeof(other), "%s-followed", url);
	const struct customers_source from = { .from = other, .zone = utc(), .copies = dir };
	struct customers_source here = from;
	here.copy_only = true;
	assert_int_equal(customers_keeper_new(&here, &k), OK);
	assert_int_equal(customers_keeper_new(&from, &others), OK);
	refresh(k, E_UNKNOWN, false, 0); /* nobody has read it yet */
	serve(200, "\"a\"", one);
	refresh(others, OK, true, 1);
	page->asked = 0;
	refresh(k, OK, true, 1);
	refresh(k, OK, false, 1);
	assert_int_equal(page->asked, 0);
	serve(200, "\"b\"", two);
	refresh(others, OK, true, 2);
	refresh(k, OK, true, 2);
	serve(200, "\"c\"", wrong);
	refresh(others, E_SYNTAX, false, 2);
	refresh(k, OK, false, 2);
	customers_keeper_free(others);
	customers_keeper_free(k);
	close(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_with_an_error_changes_nothing),
		cmocka_unit_test(a_copy_that_others_keep_is_followed),
		cmocka_unit_test(a_server_is_asked_whether_there_is_a_newer_one),
		cmocka_unit_test(the_last_good_copy_outlives_us),
	};
	net_start();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, start, stop);
}
