/* mail_send against a small SMTP server of our own: a child that keeps what it is told in a file. */
#include "unit.h"

#include "base/file.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server = -1;
static char url[64], mails[64];

/* One mail after the other; "bad@..." is refused. */
static void serve(int listener)
{
	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
		FILE *in = fdopen(dup(fd), "r"), *out = fopen(mails, "w");
		char line[2048];
		bool data = false;
		dprintf(fd, "220 sink ESMTP\r\n");
		while (fgets(line, sizeof(line), in)) {
			fputs(line, out);
			if (data) {
				data = strcmp(line, ".\r\n") != 0;
				if (!data)
					dprintf(fd, "250 taken\r\n");
			} else if (strncmp(line, "EHLO", 4) == 0)
				dprintf(fd, "250 sink\r\n");
			else if (strstr(line, "TO:<bad@"))
				dprintf(fd, "550 no such user here\r\n");
			else if (strncmp(line, "DATA", 4) == 0) {
				dprintf(fd, "354 go on\r\n");
				data = true;
			} else if (strncmp(line, "QUIT", 4) == 0) {
				fflush(out);
				dprintf(fd, "221 bye\r\n");
				break;
			} else
				dprintf(fd, "250 ok\r\n");
		}
		fclose(in);
		fclose(out);
	}
	_exit(0);
}

static int start(void **st)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	(void)st;
	net_start();
	snprintf(mails, sizeof(mails), "/tmp/weir-mail.%d", (int)getpid());
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) || listen(fd, 8) || getsockname(fd, (struct sockaddr *)&at, &len))
		return -1;
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", ntohs(at.sin_port));
	server = fork();
	if (server == 0)
		serve(fd);
	close(fd);
	return server > 0 ? 0 : -1;
}

static int stop(void **st)
{
	(void)st;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(mails);
	return 0;
}

static void has(const char *part)
{
	struct buf b = { 0 };
	assert_int_equal(file_read(mails, &b), OK);
	if (!strstr(buf_str(&b), part))
		fail_msg("no '%s' in:\n%s", part, buf_str(&b));
	buf_free(&b);
}

static struct mail_server sink(void)
{
	return (struct mail_server){ .url = url, .from = "weir@example.org", .plain = true };
}

static void a_mail_arrives_whole(void **st)
{
	(void)st;
	const struct mail_server s = sink();
	const char *const to[] = { "a@example.org", "b@example.net" };
	const struct mail_part part = { "ports.csv", "text/csv", "a,b\n1,2\n", 8 };
	const struct mail m = { .to = to, .nto = 2, .subject = "June", .text = "In the attachment.\n", .html = "<p>See below</p>",
				.part = &part, .npart = 1 };
	struct problem why = { 0 };
	if (mail_send(&s, &m, &why) != OK)
		fail_msg("%s", why.text);
	has("MAIL FROM:<weir@example.org>");
	has("RCPT TO:<a@example.org>");
	has("RCPT TO:<b@example.net>");
	has("To: <a@example.org>,\r\n <b@example.net>\r\n");
	has("Subject: June\r\n");
	has("Auto-Submitted: auto-generated\r\n");
	has("Content-Type: multipart/alternative");
	has("In the attachment.");
	has("<p>See below</p>");
	has("filename=\"ports.csv\"");
	has("YSxiCjEsMgo="); /* the file in base64 */
}

static void a_subject_in_any_language(void **st)
{
	(void)st;
	const struct mail_server s = sink();
	const char *const to[] = { "a@example.org" };
	const struct mail m = { .to = to, .nto = 1, .subject = "Verkehr im März", .text = "." };
	struct problem why = { 0 };
	assert_int_equal(mail_send(&s, &m, &why), OK);
	has("Subject: =?UTF-8?B?VmVya2VociBpbSBNw6Ryeg==?=\r\n");
	has("\r\n..\r\n"); /* a line with a single dot does not end the mail */
}

static void what_the_server_refuses_is_told(void **st)
{
	(void)st;
	const struct mail_server s = sink();
	const char *const to[] = { "bad@example.org" };
	const struct mail m = { .to = to, .nto = 1, .subject = "x", .text = "x" };
	struct problem why = { 0 };
	assert_int_equal(mail_send(&s, &m, &why), E_IO);
	assert_int_equal(strncmp(why.text, "the mail server refused: 550", 28), 0);
}

static void nobody_listens(void **st)
{
	(void)st;
	const struct mail_server s = { .url = "smtp://127.0.0.1:1", .from = "weir@example.org", .plain = true };
	const char *const to[] = { "a@example.org" };
	const struct mail m = { .to = to, .nto = 1, .subject = "x", .text = "x" };
	struct problem why = { 0 };
	assert_int_equal(mail_send(&s, &m, &why), E_IO);
	assert_int_equal(strncmp(why.text, "mail server: ", 13), 0);
}

static void refused(const char *to, const char *subject, const char *name, const char *type, const char *text)
{
	const struct mail_server s = sink();
	const struct mail_part part = { name, type, "", 0 };
	const struct mail m = { .to = &to, .nto = 1, .subject = subject, .text = "x", .part = &part, .npart = name ? 1 : 0 };
	struct problem why = { 0 };
	assert_int_equal(mail_send(&s, &m, &why), E_SYNTAX);
	assert_string_equal(why.text, text);
}

static void nothing_ends_a_header_line(void **st)
{
	(void)st;
	refused("a@b\r\nBcc: c@d", "x", NULL, NULL, "\"a@b??Bcc: c@d\" is no mail address");
	refused("a@b>", "x", NULL, NULL, "\"a@b>\" is no mail address");
	refused("a", "x", NULL, NULL, "\"a\" is no mail address");
	refused("@b", "x", NULL, NULL, "\"@b\" is no mail address");
	refused("a@b", "x\r\nBcc: c@d", NULL, NULL, "the subject is one line of at most 900 bytes");
	refused("a@b", "x", "../x", NULL, "attachment 1: \"../x\" is no file's name");
	refused("a@b", "x", "a\"b", NULL, "attachment 1: \"a\"b\" is no file's name");
	refused("a@b", "x", "a", "text/csv\r\nX-Other: y", "attachment 1: \"text/csv??X-Other: y\" is no media type");
	refused("a@b", "x", "a", "csv", "attachment 1: \"csv\" is no media type");
	refused("a@b", "x", "a", "", "attachment 1: \"\" is no media type");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test(a_mail_arrives_whole), cmocka_unit_test(a_subject_in_any_language),
		cmocka_unit_test(what_the_server_refuses_is_told), cmocka_unit_test(nobody_listens),
		cmocka_unit_test(nothing_ends_a_header_line),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(unit_tests, start, stop);
}
