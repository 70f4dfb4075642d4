/* rlimits, uid, Landlock, seccomp: the walls (sandbox.h).
 *
 * The seccomp filter kills by default.  Files are answered with EACCES rather than death, because
 * libraries probe for them (time zones, ICU, fontconfig) and cope. */
#include "script/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOCKET_FD = 3, MAX_FDS = 16, NOBODY = 65534, MAX_THREADS = 4096 }; /* threads of all the user's processes */

/* The environment may hold what is not the script's business; a worker that was taken over could read
 * it in its own memory.  What is not needed is overwritten there. */
static void forget_environment(void)
{
	static const char *const kept[] = { "TZ=", "LANG=", "LC_", "JSC_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "HOME=",
					    "XDG_CACHE_HOME=", "FONTCONFIG_" };
	size_t n = 0;
	for (size_t i = 0; environ && environ[i]; i++) {
		char *s = environ[i];
		bool keep = false;
		for (size_t k = 0; k < COUNT_OF(kept) && !keep; k++)
			keep = strncmp(s, kept[k], strlen(kept[k])) == 0;
		if (keep)
			environ[n++] = s;
		else
			explicit_bzero(s, strlen(s));
	}
	if (environ)
		environ[n] = NULL;
}

enum err sandbox_alone(int *fd)
{
	forget_environment();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() == 1)
		return E_IO;
	for (int s = 1; s < SIGRTMIN; s++)
		signal(s, SIG_DFL);
	if (*fd != SOCKET_FD && dup2(*fd, SOCKET_FD) < 0)
		return E_IO;
	if (close_range(SOCKET_FD + 1, ~0u, 0) < 0)
		return E_IO;
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return E_IO;
	for (int i = 0; i < SOCKET_FD; i++)
#if defined(__SANITIZE_ADDRESS__)
		if (i != STDERR_FILENO) /* where the sanitizers report */
#endif
			if (dup2(null, i) < 0)
				return E_IO;
	close(null);
	*fd = SOCKET_FD;
	return OK;
}

/* Pages of address space the process has now. */
static size_t address_space(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	if (f) {
		if (fscanf(f, "%lu", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	const struct rlimit r = { .rlim_cur = soft, .rlim_max = hard };
	return setrlimit(what, &r) == 0;
}

/* The filter keeps processes from being made; this bounds the threads of one that was taken over. */
static bool limit_threads(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NPROC, &r) < 0)
		return false;
	rlim_t most = r.rlim_max < MAX_THREADS ? r.rlim_max : MAX_THREADS;
	return limit(RLIMIT_NPROC, most, most);
}

static enum err set_limits(const struct sandbox *s)
{
	size_t now = address_space();
	if (!now)
		return E_IO;
	rlim_t space = s->heap_bytes ? now + s->heap_bytes : RLIM_INFINITY;
	/* A drawer's CPU is set anew for each chart, so its hard limit stays open. */
	rlim_t cpu = s->cpu_s ? s->cpu_s : RLIM_INFINITY;
	rlim_t cpu_hard = s->fonts || !s->cpu_s ? RLIM_INFINITY : cpu + 1;
	return limit(RLIMIT_AS, space, space) && limit(RLIMIT_CPU, cpu, cpu_hard) &&
			       limit(RLIMIT_FSIZE, 0, 0) && limit(RLIMIT_CORE, 0, 0) &&
			       limit(RLIMIT_NOFILE, MAX_FDS, MAX_FDS) && limit_threads()
		       ? OK
		       : E_IO;
}

void sandbox_cpu_from_now(unsigned cpu_s)
{
	struct rusage u;
	if (!cpu_s || getrusage(RUSAGE_SELF, &u) < 0)
		return;
	rlim_t used = (rlim_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec);
	(void)limit(RLIMIT_CPU, used + cpu_s + 1, RLIM_INFINITY);
}

/* Root needs none of its powers from here on.  Where "root" is the only user there is (a user namespace
 * without a mapping for others), it is nobody outside, and stays. */
static enum err drop_root(void)
{
	if (geteuid() != 0)
		return OK;
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 && errno == EINVAL)
		return OK;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return E_IO;
	/* A change of uid clears it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() == 1 ? E_IO : OK;
}

/* -- Landlock ---------------------------------------------------------------------------------- */

static const char *const font_folders[] = { "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
					    "/usr/share/fontconfig", "/var/cache/fontconfig" };

enum {
	FS_ALL = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		 LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		 LANDLOCK_ACCESS_FS_MAKE_SYM,
	FS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
};

static void allow_reading(int ruleset, const char *folder)
{
	int fd = open(folder, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	const struct landlock_path_beneath_attr below = { .allowed_access = FS_READ, .parent_fd = fd };
	(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	close(fd);
}

/* True when the kernel now keeps the process to what it may read. */
static bool landlock(bool fonts)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = FS_ALL };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; fonts && i < COUNT_OF(font_folders); i++)
		allow_reading(ruleset, font_folders[i]);
	bool up = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return up;
}

/* -- seccomp ----------------------------------------------------------------------------------- */

#define CALL(name) { SCMP_SYS(name), #name }

struct call_row {
	int nr;
	const char *name;
};

static const struct call_row allowed[] = {
	CALL(read), CALL(write), CALL(recvmsg), CALL(sendmsg), CALL(pread64), CALL(close), CALL(poll),
	CALL(futex), CALL(madvise), CALL(munmap), CALL(mremap), CALL(brk), CALL(sched_yield),
	CALL(rt_sigreturn), CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(sigaltstack), CALL(getrandom),
	CALL(clock_gettime), CALL(clock_nanosleep), CALL(gettimeofday), CALL(gettid), CALL(getpid),
	CALL(sysinfo), /* glibc's qsort asks for it */
	CALL(getrusage), CALL(exit), CALL(exit_group), CALL(restart_syscall),
	CALL(set_robust_list), CALL(rseq), CALL(sched_getaffinity), /* a thread's first words */
#if defined(__SANITIZE_ADDRESS__)
	CALL(dup),
#endif
};

/* Answered with EACCES. */
static const struct call_row refused[] = {
	CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getcwd),
};

/* The drawer's, when Landlock keeps it to the fonts. */
static const struct call_row reading[] = {
	CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getcwd),
	CALL(getdents64), CALL(lseek), CALL(fstatfs), CALL(statfs), CALL(fadvise64),
};

static const struct call_row drawing[] = { CALL(setrlimit), CALL(uname), CALL(fstat) };

/* Of fcntl: not F_SETOWN and F_SETSIG, by which the kernel signals other processes of the user. */
static const int descriptor_questions[] = { F_GETFD, F_SETFD, F_GETFL };

static int add_rows(scmp_filter_ctx f, uint32_t action, const struct call_row *row, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(f, action, row[i].nr, 0);
	return rc;
}

/* A process of the same user must not be reachable: signals go to the own threads, limits are the own. */
static int add_own_process(scmp_filter_ctx f, bool drawer, bool may_open)
{
	bool asks = may_open;
#if defined(__SANITIZE_ADDRESS__)
	asks = true;
#endif
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	if (!rc && drawer)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
	for (size_t i = 0; !rc && asks && i < COUNT_OF(descriptor_questions); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				      SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_questions[i], 0));
	return rc;
}

/* The engine lets its collector's threads go after ten idle seconds and makes them anew: a script that
 * waits for a slow query would die of its next collection.  So clone() makes threads of this process, and
 * nothing else; clone3(), whose flags a filter cannot see, "does not exist", and libc takes clone(). */
static int add_threads(scmp_filter_ctx f)
{
	const scmp_datum_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
				    CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_EQ, thread, 0));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
#if defined(__SANITIZE_ADDRESS__)
	return rc ? rc : seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 0);
#else
	return rc ? rc : seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
#endif
}

/* Memory may never become executable; opening is refused, or for reading only. */
static int add_conditions(scmp_filter_ctx f, bool may_open)
{
	const uint32_t no = SCMP_ACT_ERRNO(EACCES);
	static const int changing[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
	const scmp_datum_t changes = O_ACCMODE | O_CREAT | O_TRUNC;
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!rc && !may_open)
		rc = seccomp_rule_add(f, no, SCMP_SYS(openat), 0);
	if (!rc && may_open)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, changes, 0));
	for (size_t i = 0; !rc && may_open && i < COUNT_OF(changing); i++) {
		const scmp_datum_t bit = (scmp_datum_t)changing[i];
		rc = seccomp_rule_add(f, no, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, bit, bit));
	}
	if (!rc)
		rc = seccomp_rule_add(f, no, SCMP_SYS(open), 0);
	return rc;
}

static enum err filter_calls(bool drawer, bool may_open)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!f)
		return E_NOMEM;
	int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!rc)
		rc = add_rows(f, SCMP_ACT_ALLOW, allowed, COUNT_OF(allowed));
	if (!rc && drawer)
		rc = add_rows(f, SCMP_ACT_ALLOW, drawing, COUNT_OF(drawing));
	if (!rc && may_open)
		rc = add_rows(f, SCMP_ACT_ALLOW, reading, COUNT_OF(reading));
	if (!rc && !may_open)
		rc = add_rows(f, SCMP_ACT_ERRNO(EACCES), refused, COUNT_OF(refused));
	if (!rc)
		rc = add_own_process(f, drawer, may_open);
	if (!rc && !drawer)
		rc = add_threads(f);
	if (!rc)
		rc = add_conditions(f, may_open);
	if (!rc)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc ? E_IO : OK;
}

enum err sandbox_close(const struct sandbox *s, struct problem *why)
{
	enum err e = set_limits(s);
	if (e != OK)
		return problem_set(why, e, "resource limits: %s", strerror(errno));
	if ((e = drop_root()) != OK)
		return problem_set(why, e, "giving up root: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return problem_set(why, E_IO, "prctl: %s", strerror(errno));
	bool kept = landlock(s->fonts);
	if ((e = filter_calls(s->fonts, s->fonts && kept)) != OK)
		return problem_set(why, e, "system call filter: %s", strerror(errno));
	return OK;
}
