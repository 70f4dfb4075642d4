/* The sandbox, from inside: each case runs in a process of its own that ends as it should. */
#include "unit.h"

#include "collect/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char store[] = "/tmp/weir-jail.XXXXXX";
static const char *missing = "";
static bool accepts;
static int listening = -1;

/* What the case returns is the process's status; -1 = it was killed by seccomp. */
static int inside(int (*what)(void))
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		const struct jail j = { .store = store, .read_folder = { "/etc" }, .accepts = accepts };
		struct problem why = { 0 };
		if (jail_enter(&j, &missing, &why) != OK)
			_exit(100);
		_exit(what());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? -1 : -2;
	return WEXITSTATUS(status);
}

static int run_program(void)
{
	char *const argv[] = { NULL };
	execve("/bin/true", argv, argv);
	return 1;
}

static int make_process(void)
{
	return fork() < 0 ? 2 : 1;
}

static int open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 0 : 1;
}

static void *thread(void *arg)
{
	*(int *)arg = socket(AF_INET, SOCK_DGRAM, 0) < 0 ? 0 : 1;
	return NULL;
}

/* A thread can be made, and stands behind the same walls. */
static int make_thread(void)
{
	pthread_t t;
	int status = 2;
	return pthread_create(&t, NULL, thread, &status) || pthread_join(t, NULL) ? 3 : status;
}

/* errno of taking a connection where none waits: EAGAIN = it may be asked for. */
static int take_connection(void)
{
	return accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) < 0 ? errno : 1;
}

static int take_connection_otherwise(void)
{
	return accept4(listening, NULL, NULL, 0) < 0 ? errno : 1;
}

static int executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 0 : 1;
}

static int work_in_the_store(void)
{
	int dir = open(store, O_RDONLY | O_DIRECTORY);
	int fd = openat(dir, "a", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	bool good = dir >= 0 && fd >= 0 && write(fd, "x", 1) == 1 && fdatasync(fd) == 0 && ftruncate(fd, 0) == 0 &&
		    renameat(dir, "a", dir, "b") == 0 && mkdirat(dir, "c", 0755) == 0 && fsync(dir) == 0 &&
		    unlinkat(dir, "b", 0) == 0 && unlinkat(dir, "c", AT_REMOVEDIR) == 0;
	return good ? 0 : 1;
}

static int read_configuration(void)
{
	return open("/etc/hostname", O_RDONLY) >= 0 || errno == ENOENT ? 0 : 1;
}

static int leave_the_store(void)
{
	if (strstr(missing, "Landlock"))
		return 77;
	bool kept = open("/proc/self/status", O_RDONLY) < 0 && open("/etc/weir-jail", O_WRONLY | O_CREAT, 0644) < 0 &&
		    open("/tmp/weir-jail-outside", O_WRONLY | O_CREAT, 0644) < 0;
	return kept ? 0 : 1;
}

static void no_program_and_no_process(void **state)
{
	(void)state;
	assert_int_equal(inside(run_program), -1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_int_equal(inside(make_process), -1);
#else
	(void)make_process; /* the sanitizers make one themselves */
#endif
}

static void no_socket(void **state)
{
	(void)state;
	assert_int_equal(inside(open_socket), 0);
}

static void connections_only_where_they_are_wanted(void **state)
{
	(void)state;
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(listening >= 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(inside(take_connection), EPERM);
	accepts = true;
	assert_int_equal(inside(take_connection), EAGAIN);
	assert_int_equal(inside(take_connection_otherwise), EPERM);
	assert_int_equal(inside(open_socket), 0); /* still none of its own */
	accepts = false;
	close(listening);
}

static void threads_are_inside_too(void **state)
{
	(void)state;
	assert_int_equal(inside(make_thread), 0);
}

static void no_executable_memory(void **state)
{
	(void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_int_equal(inside(executable_memory), 0);
#else
	(void)executable_memory; /* theirs may be */
#endif
}

static void the_store_can_be_written(void **state)
{
	(void)state;
	assert_int_equal(inside(work_in_the_store), 0);
}

static void the_configuration_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(inside(read_configuration), 0);
}

static void other_files_cannot_be_touched(void **state)
{
	(void)state;
	int status = inside(leave_the_store);
	if (status == 77)
		print_message("# this kernel has no Landlock: not tested\n");
	else
		assert_int_equal(status, 0);
}

static int make_store(void **state)
{
	(void)state;
	return mkdtemp(store) ? 0 : -1;
}

static int remove_store(void **state)
{
	(void)state;
	return rmdir(store);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_program_and_no_process), cmocka_unit_test(no_socket),
		cmocka_unit_test(connections_only_where_they_are_wanted),
		cmocka_unit_test(threads_are_inside_too),    cmocka_unit_test(no_executable_memory),
		cmocka_unit_test(the_store_can_be_written),  cmocka_unit_test(the_configuration_can_be_read),
		cmocka_unit_test(other_files_cannot_be_touched),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_store, remove_store);
}
