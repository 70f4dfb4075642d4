/* The walls, tried from inside: each attempt runs in a child that has put them up. */
#include "unit.h"

#include "base/file.h"
#include "script/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPARE = 8 << 20 };

/* In the child, behind the walls; the result is the exit status. */
typedef int attempt(int fd);

static int outcome(attempt *try, struct sandbox walls)
{
	int pair[2], status;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct problem why;
		int fd = pair[1];
		if (sandbox_alone(&fd) != OK || sandbox_close(&walls, &why) != OK)
			_exit(99);
		_exit(try(fd));
	}
	close(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pair[0]);
	return status;
}

static int in_worker(attempt *try)
{
	return outcome(try, (struct sandbox){ .cpu_s = 1, .heap_bytes = SPARE });
}

static void expect_exit(int status, int code)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		fail_msg("status 0x%x, wanted exit %d", (unsigned)status, code);
}

static void expect_signal(int status, int sig)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != sig)
		fail_msg("status 0x%x, wanted signal %d", (unsigned)status, sig);
}

static int try_file(int fd _unused_)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int try_write_file(int fd _unused_)
{
	return open("/tmp/weir-sandbox-test", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int try_socket(int fd _unused_)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int try_fork(int fd _unused_)
{
	return fork() < 0 ? errno : 0;
}

static int try_exec(int fd _unused_)
{
	char *const argv[] = { NULL };
	return execve("/bin/true", argv, argv) < 0 ? errno : 0;
}

static int try_executable_memory(int fd _unused_)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_kill_parent(int fd _unused_)
{
	return kill(1, 0) < 0 ? errno : 0;
}

/* A thread group of another process of the same user. */
static int try_signal_parent(int fd _unused_)
{
	return tgkill(getppid(), getppid(), 0) < 0 ? errno : 0;
}

static int try_signal_self(int fd _unused_)
{
	return tgkill(getpid(), gettid(), 0) < 0 ? errno : 0;
}

static int try_limits_of_parent(int fd _unused_)
{
	struct rlimit r;
	return prlimit(getppid(), RLIMIT_CPU, NULL, &r) < 0 ? errno : 0;
}

/* By F_SETOWN and F_SETSIG the kernel would send the signal. */
static int try_signal_by_kernel(int fd)
{
	return fcntl(fd, F_SETOWN, getppid()) < 0 ? errno : 0;
}

static const char *secret; /* in the environment of the parent */

static int try_environment(int fd _unused_)
{
	return getenv("WEIR_TEST_SECRET") || *secret ? 1 : 0;
}

static int try_other_descriptors(int fd)
{
	char byte;
	for (int i = 0; i < 64; i++)
		if (i > fd && read(i, &byte, 1) >= 0)
			return i;
	return read(0, &byte, 1) == 0 ? 0 : 1; /* /dev/null */
}

static int try_memory(int fd _unused_)
{
	void *p = mmap(NULL, (size_t)SPARE * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? errno : 0;
}

static int try_endless(int fd _unused_)
{
	for (volatile unsigned i = 0; i != 1; i += 2)
		;
	return 0;
}

static int try_socket_of_its_own(int fd)
{
	return write_all(fd, "hello", 5) == OK ? 0 : errno;
}

static void worker_opens_no_file(void **state _unused_)
{
	expect_exit(in_worker(try_file), EACCES);
	expect_exit(in_worker(try_write_file), EACCES);
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int try_thread(int fd _unused_)
{
	pthread_t t;
	int e = pthread_create(&t, NULL, do_nothing, NULL);
	return e ? e : pthread_join(t, NULL);
}

static int try_vfork(int fd _unused_)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) < 0 ? errno : 0;
}

static int try_clone3(int fd _unused_)
{
	char args[88] = { 0 };
	return syscall(SYS_clone3, args, sizeof(args)) < 0 ? errno : 0;
}

/* The engine's collector needs threads after a pause. */
static void worker_makes_threads_and_no_process(void **state _unused_)
{
	expect_exit(outcome(try_thread, (struct sandbox){ .cpu_s = 1, .heap_bytes = 64u << 20 }), 0);
	expect_signal(in_worker(try_vfork), SIGSYS);
	expect_exit(in_worker(try_clone3), ENOSYS);
}

static void worker_makes_no_socket(void **state _unused_)
{
	expect_signal(in_worker(try_socket), SIGSYS);
}

static void worker_starts_no_process(void **state _unused_)
{
	expect_signal(in_worker(try_fork), SIGSYS);
	expect_signal(in_worker(try_exec), SIGSYS);
}

static void worker_gets_no_executable_memory(void **state _unused_)
{
	expect_signal(in_worker(try_executable_memory), SIGSYS);
}

static void worker_signals_nobody(void **state _unused_)
{
	expect_signal(in_worker(try_kill_parent), SIGSYS);
	expect_signal(in_worker(try_signal_parent), SIGSYS);
	expect_exit(in_worker(try_signal_self), 0);
}

static void drawer_reaches_no_other_process(void **state _unused_)
{
	const struct sandbox walls = { .heap_bytes = SPARE, .fonts = true };
	expect_signal(outcome(try_signal_parent, walls), SIGSYS);
	expect_signal(outcome(try_limits_of_parent, walls), SIGSYS);
	expect_signal(outcome(try_signal_by_kernel, walls), SIGSYS);
}

static void environment_is_forgotten(void **state _unused_)
{
	assert_int_equal(setenv("WEIR_TEST_SECRET", "canary", 1), 0);
	secret = getenv("WEIR_TEST_SECRET");
	expect_exit(in_worker(try_environment), 0);
	assert_string_equal(getenv("WEIR_TEST_SECRET"), "canary");
}

static void worker_has_one_descriptor(void **state _unused_)
{
	expect_exit(in_worker(try_other_descriptors), 0);
	expect_exit(in_worker(try_socket_of_its_own), 0);
}

static void worker_memory_is_bounded(void **state _unused_)
{
	expect_exit(in_worker(try_memory), ENOMEM);
}

static void worker_time_is_bounded(void **state _unused_)
{
	expect_signal(in_worker(try_endless), SIGXCPU);
}

static int try_font(int fd _unused_)
{
	int folder = open("/usr/share/fonts", O_RDONLY | O_DIRECTORY);
	return folder < 0 ? errno : 0;
}

static int try_write_font(int fd _unused_)
{
	return open("/usr/share/fonts/x", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

/* Where Landlock is, fonts can be read; nothing else ever. */
static void drawer_reads_fonts_at_most(void **state _unused_)
{
	const struct sandbox walls = { .heap_bytes = SPARE, .fonts = true };
	int status = outcome(try_font, walls);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != EACCES))
		fail_msg("status 0x%x", (unsigned)status);
	expect_exit(outcome(try_file, walls), EACCES);
	expect_exit(outcome(try_write_font, walls), EACCES);
	expect_signal(outcome(try_socket, walls), SIGSYS);
	expect_signal(outcome(try_exec, walls), SIGSYS);
}

UNIT_MAIN(cmocka_unit_test(worker_opens_no_file), cmocka_unit_test(worker_makes_no_socket),
	  cmocka_unit_test(worker_starts_no_process), cmocka_unit_test(worker_gets_no_executable_memory),
	  cmocka_unit_test(worker_signals_nobody), cmocka_unit_test(worker_has_one_descriptor),
	  cmocka_unit_test(worker_memory_is_bounded), cmocka_unit_test(worker_time_is_bounded),
	  cmocka_unit_test(drawer_reads_fonts_at_most), cmocka_unit_test(drawer_reaches_no_other_process),
	  cmocka_unit_test(environment_is_forgotten), cmocka_unit_test(worker_makes_threads_and_no_process))
