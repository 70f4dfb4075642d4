/* SNMP against the real snmpd, on a port of its own with a configuration of its own. */
#include "unit.h"

#include "base/file.h"
#include "snmp/snmp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static pid_t agent = -1;
static unsigned port;

static unsigned free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) || getsockname(fd, (struct sockaddr *)&at, &len))
		return 0;
	close(fd);
	return ntohs(at.sin_port);
}

static struct snmp_device device(void)
{
	return (struct snmp_device){ .address = "127.0.0.1", .port = port, .community = "weir-test", .timeout_ms = 500, .retries = -1 };
}

static void last(void *arg, const struct snmp_value *v)
{
	snprintf(arg, 200, "%s|%s|%d|%llu|%s", v->oid, v->index, v->type, (unsigned long long)v->number, v->text);
}

static bool answers(void)
{
	struct snmp_device d = device();
	struct snmp_link *s;
	struct problem why;
	char got[200];
	const char *name = "sysName.0";
	if (snmp_link_open(&d, &s, &why) != OK)
		return false;
	enum err err = snmp_get_objects(s, &name, 1, last, got, &why);
	snmp_link_close(s);
	return err == OK;
}

static int start(void **st)
{
	char path[128], pid[128], at[64];
	(void)st;
	if (access("/usr/sbin/snmpd", X_OK) != 0)
		return 0;
	snprintf(folder, sizeof(folder), "/tmp/weir-snmp.XXXXXX");
	if (!mkdtemp(folder) || !(port = free_port()))
		return -1;
	snprintf(path, sizeof(path), "%s/snmpd.conf", folder);
	FILE *f = fopen(path, "w");
	fputs("rocommunity weir-test 127.0.0.1\nsysName core-1\nsysLocation Z\xc3\xbcrich\nsysContact a b\n"
	      "createUser weir SHA-256 \"correct horse\" AES \"battery staple\"\nrouser weir authpriv\n", f);
	fclose(f);
	snprintf(at, sizeof(at), "udp:127.0.0.1:%u", port);
	snprintf(pid, sizeof(pid), "%s/pid", folder); /* which snmpd removes: never name a device here */
	agent = fork();
	if (agent == 0) {
		setenv("SNMP_PERSISTENT_DIR", folder, 1);
		int null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		execl("/usr/sbin/snmpd", "snmpd", "-f", "-C", "-c", path, "-Ln", "-p", pid, "-I",
		      "-smux", at, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 100; i++) {
		if (answers())
			return 0;
		usleep(100000);
	}
	return -1;
}

static int scratch_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int stop(void **st)
{
	(void)st;
	if (agent > 0) {
		kill(agent, SIGKILL);
		waitpid(agent, NULL, 0);
		nftw(folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
	}
	return 0;
}

static struct snmp_link *open_or_skip(const struct snmp_device *d)
{
	struct snmp_link *s = NULL;
	struct problem why = { 0 };
	if (agent <= 0)
		skip(); /* no snmpd here */
	if (snmp_link_open(d, &s, &why) != OK)
		fail_msg("%s", why.text);
	return s;
}

static void collect(void *arg, const struct snmp_value *v)
{
	char *out = arg;
	size_t n = strlen(out);
	snprintf(out + n, 1000 - n, "%s=%s%s;", v->index, v->text, v->type == SNMP_NONE ? "none" : "");
}

static void objects_by_name_and_digits(void **st)
{
	(void)st;
	const struct snmp_device d = device();
	struct snmp_link *s = open_or_skip(&d);
	struct problem why = { 0 };
	char got[1000] = "";
	const char *const names[] = { "sysName.0", "1.3.6.1.2.1.1.6.0", ".1.3.6.1.2.1.1.4.0", "sysName.99" };
	assert_int_equal(snmp_get_objects(s, names, 4, collect, got, &why), OK);
	assert_string_equal(got, "=core-1;=Z\xc3\xbcrich;=a b;=none;");
	snmp_link_close(s);
}

static void who_is_stopped_asks_no_more(void **st)
{
	(void)st;
	static const bool stop = true;
	struct snmp_device d = device();
	struct problem why = { 0 };
	char got[1000] = "";
	const char *const name = "sysName.0";
	d.stop = &stop;
	struct snmp_link *s = open_or_skip(&d);
	assert_int_equal(snmp_get_objects(s, &name, 1, collect, got, &why), E_CANCELLED);
	snmp_link_close(s);
	d.stop = NULL;
	d.deadline = 1;
	s = open_or_skip(&d);
	assert_int_equal(snmp_walk_object(s, "ifName", 0, collect, got, &why), E_LIMIT);
	assert_string_equal(why.text, "SNMP 127.0.0.1: no time is left");
	assert_string_equal(got, "");
	snmp_link_close(s);
}

static void version_1_goes_round_what_is_not_there(void **st)
{
	(void)st;
	struct snmp_device d = device();
	d.version = 1;
	struct snmp_link *s = open_or_skip(&d);
	struct problem why = { 0 };
	char got[1000] = "";
	const char *const names[] = { "sysName.99", "sysName.0", "sysName.98", "sysLocation.0" };
	assert_int_equal(snmp_get_objects(s, names, 4, collect, got, &why), OK);
	assert_string_equal(got, "=none;=core-1;=none;=Z\xc3\xbcrich;");
	got[0] = 0;
	assert_int_equal(snmp_walk_object(s, "sysName", 0, collect, got, &why), OK);
	assert_string_equal(got, "0=core-1;");
	snmp_link_close(s);
}

static void a_walk_gives_all_that_hangs_below(void **st)
{
	(void)st;
	const struct snmp_device d = device();
	struct snmp_link *s = open_or_skip(&d);
	struct problem why = { 0 };
	char got[1000] = "";
	assert_int_equal(snmp_walk_object(s, "ifName", 0, collect, got, &why), OK);
	assert_non_null(strstr(got, "1=lo;"));
	got[0] = 0;
	assert_int_equal(snmp_walk_object(s, "1.3.6.1.4.1.99999", 0, collect, got, &why), OK);
	assert_string_equal(got, "");
	assert_int_equal(snmp_walk_object(s, "1.3.6.1.2.1.1", 2, collect, got, &why), E_LIMIT);
	assert_string_equal(why.text, "SNMP 127.0.0.1: more than 2 values");
	snmp_link_close(s);
}

static void version_3_with_authentication_and_privacy(void **st)
{
	(void)st;
	struct snmp_device d = device();
	d.version = 3;
	d.user = "weir";
	d.auth_password = "correct horse";
	d.priv_password = "battery staple";
	struct snmp_link *s = open_or_skip(&d);
	struct problem why = { 0 };
	char got[1000] = "";
	const char *name = "sysName.0";
	enum err err = snmp_get_objects(s, &name, 1, collect, got, &why);
	if (err != OK)
		fail_msg("%s", why.text);
	assert_string_equal(got, "=core-1;");
	snmp_link_close(s);
	d.auth_password = "wrong horse";
	if (snmp_link_open(&d, &s, &why) == OK) { /* refused when it is opened, or when it is asked */
		assert_int_equal(snmp_get_objects(s, &name, 1, collect, got, &why), E_IO);
		snmp_link_close(s);
	}
}

static void a_wrong_community_has_no_answer(void **st)
{
	(void)st;
	struct snmp_device d = device();
	d.community = "wrong";
	struct snmp_link *s = open_or_skip(&d);
	struct problem why = { 0 };
	char got[1000] = "";
	const char *name = "sysName.0";
	assert_int_equal(snmp_get_objects(s, &name, 1, collect, got, &why), E_IO);
	assert_string_equal(why.text, "SNMP 127.0.0.1: no answer");
	snmp_link_close(s);
}

static void object_is_refused(struct snmp_link *s, const char *object)
{
	struct problem why = { 0 };
	char got[1000] = "", want[200];
	snprintf(want, sizeof(want), "\"%s\" is no object: digits like 1.3.6.1.2.1.1.5.0, or a name like ifName", object);
	assert_int_equal(snmp_get_objects(s, &object, 1, collect, got, &why), E_SYNTAX);
	assert_string_equal(why.text, want);
}

static void what_is_no_object_is_refused(void **st)
{
	(void)st;
	const struct snmp_device d = device();
	struct snmp_link *s = NULL;
	struct problem why = { 0 };
	assert_int_equal(snmp_link_open(&d, &s, &why), OK);
	object_is_refused(s, "");
	object_is_refused(s, "ifname");
	object_is_refused(s, "ifName.");
	object_is_refused(s, "ifName.x");
	object_is_refused(s, "1");
	object_is_refused(s, "1..3");
	object_is_refused(s, "3.1");
	object_is_refused(s, "1.3.4294967296");
	object_is_refused(s, "1.3.-1");
	snmp_link_close(s);
}

static void device_is_refused(const struct snmp_device *d, const char *want)
{
	struct snmp_link *s;
	struct problem why = { 0 };
	assert_int_equal(snmp_link_open(d, &s, &why), E_SYNTAX);
	assert_string_equal(why.text, want);
}

static void wrong_devices_are_refused(void **st)
{
	(void)st;
	struct snmp_device d = device();
	d.address = "unix:/tmp/x";
	device_is_refused(&d, "\"unix:/tmp/x\" is no device's address");
	d = device();
	d.version = 4;
	device_is_refused(&d, "SNMP has versions 1, 2 and 3");
	d.version = 3;
	device_is_refused(&d, "SNMP version 3 needs a user");
	d.user = "weir";
	d.auth_password = "short";
	device_is_refused(&d, "an SNMP password has 8 characters at least");
	d.auth_protocol = "ROT13";
	device_is_refused(&d, "SNMP authentication is MD5, SHA, SHA-256 or SHA-512");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test(objects_by_name_and_digits), cmocka_unit_test(version_1_goes_round_what_is_not_there),
		cmocka_unit_test(a_walk_gives_all_that_hangs_below), cmocka_unit_test(version_3_with_authentication_and_privacy),
		cmocka_unit_test(a_wrong_community_has_no_answer), cmocka_unit_test(who_is_stopped_asks_no_more),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(wrong_devices_are_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(unit_tests, start, stop);
}
