/* Walls around a daemon that reads bytes from strangers: Landlock for files, seccomp for the rest.
 *
 * What a collector never does ends it at once (new programs, new processes, reading another's
 * memory): nobody but an intruder asks for that.  What is merely not on the list is answered with
 * EPERM: a C library that tries something new must not cost a night's traffic. */
#include "collect/stream.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -- Landlock ---------------------------------------------------------------------------------- */

#define FS_READ ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define FS_STORE                                                                                   \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                 \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_FIRST /* what the first version of Landlock knows */                                   \
	(FS_STORE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                    \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                             \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_REFER    (UINT64_C(1) << 13) /* version 2: rename into another folder */
#define FS_TRUNCATE (UINT64_C(1) << 14) /* version 3 */

static enum err allow_below(int ruleset, const char *folder, uint64_t what)
{
	_cleanup_(fd_closep) int fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY);
	if (fd < 0)
		return E_IO;
	const struct landlock_path_beneath_attr below = { .allowed_access = what, .parent_fd = fd };
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0 ? E_IO : OK;
}

/* *ret_there: the kernel has it. */
static enum err landlock(const struct jail *j, bool *ret_there, struct problem *why)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t more = (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0);
	const struct landlock_ruleset_attr attr = { .handled_access_fs = FS_FIRST | more };

	*ret_there = version >= 1;
	if (!*ret_there)
		return OK;
	_cleanup_(fd_closep) int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return problem_set(why, E_IO, "Landlock: %s", strerror(errno));
	if (allow_below(ruleset, j->store, FS_STORE | more) != OK)
		return problem_set(why, E_IO, "Landlock: %s: %s", j->store, strerror(errno));
	for (size_t i = 0; i < COUNT_OF(j->read_folder); i++)
		if (j->read_folder[i] && allow_below(ruleset, j->read_folder[i], FS_READ) != OK)
			return problem_set(why, E_IO, "Landlock: %s: %s", j->read_folder[i], strerror(errno));
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return problem_set(why, E_IO, "Landlock: %s", strerror(errno));
	return OK;
}

/* -- seccomp ----------------------------------------------------------------------------------- */

#define CALL(name) SCMP_SYS(name),

static const int allowed[] = {
	/* receiving, waiting, telling */
	CALL(recvmmsg) CALL(recvmsg) CALL(recvfrom) CALL(getsockopt) CALL(getsockname) CALL(poll) CALL(ppoll)
	CALL(epoll_wait) CALL(epoll_pwait) CALL(epoll_ctl) CALL(epoll_create1) CALL(eventfd2)
	CALL(read) CALL(write) CALL(writev) CALL(fcntl) CALL(dup)
	/* the store */
	CALL(openat) CALL(openat2) CALL(close) CALL(pread64) CALL(pwrite64) CALL(lseek) CALL(fstat)
	CALL(newfstatat) CALL(statx) CALL(fstatfs) CALL(faccessat) CALL(faccessat2) CALL(access) CALL(getdents64)
	CALL(mkdirat) CALL(unlinkat) CALL(renameat) CALL(renameat2) CALL(linkat) CALL(ftruncate)
	CALL(fallocate) CALL(fadvise64) CALL(sync_file_range) CALL(fsync) CALL(fdatasync) CALL(flock) CALL(fchmod)
	CALL(readlink) CALL(readlinkat) CALL(getcwd) CALL(open) CALL(stat) CALL(lstat) CALL(mkdir) CALL(rename)
	CALL(unlink)
	/* memory */
	CALL(brk) CALL(munmap) CALL(mremap) CALL(madvise)
	/* threads, signals, clocks */
	CALL(futex) CALL(membarrier) CALL(set_robust_list) CALL(rseq) CALL(gettid) CALL(getpid) CALL(getppid) CALL(tgkill)
	CALL(sched_yield) CALL(sched_getaffinity) CALL(rt_sigaction) CALL(rt_sigprocmask) CALL(rt_sigpending) CALL(rt_sigreturn)
	CALL(sigaltstack) CALL(restart_syscall) CALL(exit) CALL(exit_group)
	CALL(clock_gettime) CALL(clock_getres) CALL(clock_nanosleep) CALL(nanosleep) CALL(gettimeofday) CALL(time)
	/* about ourselves */
	CALL(getrandom) CALL(getrusage) CALL(sysinfo) CALL(uname) CALL(getuid) CALL(geteuid) CALL(getgid)
	CALL(getegid) CALL(prlimit64)
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	CALL(clone) CALL(ptrace) CALL(wait4) CALL(prctl) CALL(mprotect) CALL(mmap) CALL(pipe2)
#endif
};

static const int deadly[] = {
	CALL(execve) CALL(execveat) CALL(fork) CALL(vfork) CALL(ptrace) CALL(process_vm_readv)
	CALL(process_vm_writev) CALL(init_module) CALL(finit_module) CALL(kexec_load) CALL(bpf) CALL(mount)
	CALL(setns) CALL(unshare) CALL(pivot_root) CALL(chroot) CALL(userfaultfd)
};

static int add_all(scmp_filter_ctx f, uint32_t action, const int *call, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = seccomp_rule_add(f, action, call[i], 0);
		if (rc == -EEXIST) /* a sanitizer was allowed it before */
			rc = 0;
	}
	return rc;
}

/* Threads yes, processes no; memory may never become executable. */
static int add_conditions(scmp_filter_ctx f)
{
	int rc = 0;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			      SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
				      SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!rc) /* a thread may name itself */
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
#endif
	if (!rc) /* which socket of a group receives may change */
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET, 0),
				      SCMP_A2(SCMP_CMP_EQ, SO_ATTACH_REUSEPORT_CBPF, 0));
	if (!rc) /* and give itself another priority */
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setpriority), 2, SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS, 0),
				      SCMP_A1(SCMP_CMP_EQ, 0, 0));
	/* Its arguments lie in memory where no filter sees them: the C library then takes clone. */
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

/* Connections are taken as stream.c does, and in no other way. */
static int add_accept(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 1, SCMP_A3(SCMP_CMP_EQ, ACCEPT_FLAGS, 0));
}

static int filter_calls(const struct jail *j)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return -ENOMEM;
	int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!rc)
		rc = add_all(f, SCMP_ACT_ALLOW, allowed, COUNT_OF(allowed));
	if (!rc)
		rc = add_all(f, SCMP_ACT_KILL_PROCESS, deadly, COUNT_OF(deadly));
	if (!rc)
		rc = add_conditions(f);
	if (!rc && j->accepts)
		rc = add_accept(f);
	if (!rc)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc;
}

enum err jail_enter(const struct jail *j, const char **ret_missing, struct problem *why)
{
	bool files;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return problem_set(why, E_IO, "no_new_privs: %s", strerror(errno));
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	enum err err = landlock(j, &files, why);
	if (err != OK)
		return err;
	int rc = filter_calls(j);
	/* libseccomp answers so when the kernel was built without it. */
	bool calls = rc != -EINVAL && rc != -ENOSYS && rc != -EOPNOTSUPP;
	if (rc && calls)
		return problem_set(why, E_IO, "seccomp: %s", strerror(-rc));
	*ret_missing = files && calls ? "" : files ? "seccomp" : calls ? "Landlock" : "seccomp and Landlock";
	return OK;
}
