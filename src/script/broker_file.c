/* Files and URLs on behalf of a script: below declared roots, no "..", no symbolic links on the way,
 * whole files or nothing. */
#include "script/broker.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* Open below dir; nothing on the way may be a link or lead outside. */
static int open_below(int dir, const char *name, int flags)
{
	const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

/* What of an absolute path lies below root: "" or the rest; NULL when it lies elsewhere. */
static const char *rest_below(const char *root, const char *path)
{
	size_t n = strlen(root);
	while (n > 1 && root[n - 1] == '/')
		n--;
	if (strncmp(root, path, n) != 0 || (path[n] != '/' && n > 1))
		return NULL;
	for (path += n; *path == '/'; path++)
		;
	return path;
}

static bool has_dotdot(const char *path)
{
	for (const char *s = path; s; s = strchr(s, '/')) {
		s += *s == '/';
		if (s[0] == '.' && s[1] == '.' && (!s[2] || s[2] == '/'))
			return true;
	}
	return false;
}

/* A root is the operator's word, not the script's: one that is to be written below is made when it
 * is absent, folders above it included. */
static int open_root(const char *root, bool make)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !make || strlen(root) >= PATH_MAX)
		return fd;
	char above[PATH_MAX];
	for (const char *slash = strchr(root + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t n = slash ? (size_t)(slash - root) : strlen(root);
		memcpy(above, root, n);
		above[n] = 0;
		if (mkdir(above, 0755) < 0 && errno != EEXIST)
			return -1;
		if (!slash)
			break;
	}
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The root a path lies below, opened; *ret_rest is what follows it.  Relative paths belong to the
 * first root.  -1 when it lies below none. */
static int find_root(const char *const *roots, const char *path, bool make, const char **ret_rest)
{
	for (; roots && *roots; roots++) {
		char real[PATH_MAX];
		const char *rest = path;
		if (path[0] == '/') {
			rest = rest_below(*roots, path);
			if (!rest && realpath(*roots, real))
				rest = rest_below(real, path);
		}
		if (!rest)
			continue;
		int fd = open_root(*roots, make);
		if (fd >= 0)
			*ret_rest = rest;
		return fd;
	}
	errno = 0;
	return -1;
}

static enum err refuse_root(const char *const *roots, const char *path, const char *what, struct problem *why)
{
	if (errno)
		return problem_set(why, E_IO, "%s: its folder: %s", path, strerror(errno));
	if (!roots || !*roots)
		return problem_set(why, E_DENIED, "%s: %s is not allowed here", path, what);
	return problem_set(why, E_DENIED, "%s: outside the folders where %s is allowed", path, what);
}

/* One folder deeper, made when absent.  Closes dir. */
static int step_down(int dir, const char *name)
{
	int fd = open_below(dir, name, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT && (mkdirat(dir, name, 0755) == 0 || errno == EEXIST))
		fd = open_below(dir, name, O_PATH | O_DIRECTORY);
	fd_close(dir);
	return fd;
}

enum err write_place(const char *const *roots, const char *path, int *ret_folder, const char **ret_name,
		     struct problem *why)
{
	const char *rest;
	if (!*path || strlen(path) >= PATH_BYTES)
		return problem_set(why, E_DENIED, "writefile: the path is %s", *path ? "too long" : "empty");
	if (has_dotdot(path))
		return problem_set(why, E_DENIED, "%s: \"..\" is not allowed in a path", path);
	int dir = find_root(roots, path, true, &rest);
	if (dir < 0)
		return refuse_root(roots, path, "writing", why);
	for (const char *slash; (slash = strchr(rest, '/')); rest = slash + 1) {
		char name[NAME_MAX + 1];
		size_t n = (size_t)(slash - rest);
		if (n == 0 || (n == 1 && rest[0] == '.'))
			continue;
		if (n > NAME_MAX) {
			fd_close(dir);
			return problem_set(why, E_DENIED, "%s: a name in it is too long", path);
		}
		memcpy(name, rest, n);
		name[n] = 0;
		dir = step_down(dir, name);
		if (dir < 0)
			return problem_set(why, errno == ELOOP ? E_DENIED : E_IO, "%s: folder \"%s\": %s", path, name,
					   errno == ELOOP ? "a symbolic link" : strerror(errno));
	}
	if (!*rest || STREQ(rest, ".") || strlen(rest) > NAME_MAX - 16) {
		fd_close(dir);
		return problem_set(why, E_DENIED, "%s: names no file", path);
	}
	*ret_folder = dir;
	*ret_name = rest;
	return OK;
}

enum err write_file(int folder, const char *name, const void *data, size_t len, struct problem *why)
{
	char tmp[NAME_MAX + 1];
	uint32_t mark = 0; /* several scripts may write the same file at a time */
	if (getrandom(&mark, sizeof(mark), 0) < 0)
		mark = (uint32_t)getpid();
	snprintf(tmp, sizeof(tmp), ".%s.%08x", name, mark);
	int fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return problem_set(why, E_IO, "%s", strerror(errno));
	enum err e = write_all(fd, data, len);
	int saved = errno;
	if (close(fd) < 0 && e == OK) { /* where a network's full disk is told */
		e = E_IO;
		saved = errno;
	}
	if (e == OK && renameat(folder, tmp, folder, name) < 0) {
		e = E_IO;
		saved = errno;
	}
	if (e != OK) {
		unlinkat(folder, tmp, 0);
		return problem_set(why, e, "%s", strerror(saved));
	}
	return OK;
}

enum err read_file(const char *const *roots, const char *path, struct buf *out, struct problem *why)
{
	struct stat st;
	_cleanup_(fd_closep) int fd = -1;
	if (!roots) {
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} else {
		const char *rest;
		if (has_dotdot(path))
			return problem_set(why, E_DENIED, "%s: \"..\" is not allowed in a path", path);
		_cleanup_(fd_closep) int root = find_root(roots, path, false, &rest);
		if (root < 0)
			return refuse_root(roots, path, "reading", why);
		fd = open_below(root, *rest ? rest : ".", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	}
	if (fd < 0)
		return problem_set(why, errno == ELOOP || errno == EXDEV ? E_DENIED : E_IO, "%s: %s", path,
				   errno == ELOOP ? "a symbolic link on the way" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return problem_set(why, E_DENIED, "%s: not a regular file", path);
	for (;;) {
		size_t before = out->len;
		uint8_t *room = buf_room(out, 65536);
		if (!room)
			return problem_set(why, E_LIMIT, "%s: larger than a script may read (%d MB)", path, MAX_READ_BYTES >> 20);
		ssize_t n = read(fd, room, 65536);
		out->len = before + (n > 0 ? (size_t)n : 0);
		if (n < 0)
			return problem_set(why, E_IO, "%s: %s", path, strerror(errno));
		if (n == 0)
			return OK;
	}
}

/* -- messages --------------------------------------------------------------------------------------- */

/* The one text a message consists of; NULL: forged, and the broker is stopped. */
static char *only_text(struct broker *b, struct message *m)
{
	char *s = get_text(&m->body, &b->scratch);
	if (s && message_end(&m->body))
		return s;
	broker_forged(b, message_name(m->kind));
	return NULL;
}

static void answer_bytes(struct broker *b, enum err e, const struct buf *body, const struct problem *why)
{
	if (e == OK)
		reply_bytes(b, body->data, body->len);
	else
		reply_refused(b, "%s", why->text[0] ? why->text : err_text(e));
}

void serve_read_url(struct broker *b, struct message *m)
{
	const char *url = only_text(b, m);
	if (!url)
		return;
	struct problem why = { 0 };
	struct buf body = { .ceiling = MAX_READ_BYTES };
	enum err e;
	if (b->job->grants.urls) {
		struct net_rules rules = b->job->grants.net;
		rules.timeout_ms = broker_left_ms(b, rules.timeout_ms ? rules.timeout_ms : 30000);
		rules.stop = b->job->stop;
		e = net_fetch(url, &rules, &body, NULL, &why);
	} else {
		e = problem_set(&why, E_DENIED, "readurl: not allowed here");
	}
	answer_bytes(b, e, &body, &why);
	buf_free(&body);
}

void serve_read_file(struct broker *b, struct message *m)
{
	static const char *const none[] = { NULL };
	const char *path = only_text(b, m);
	if (!path)
		return;
	struct problem why = { 0 };
	struct buf body = { .ceiling = MAX_READ_BYTES };
	const struct script_grants *g = &b->job->grants;
	enum err e = read_file(g->read_any ? NULL : g->read_roots ? g->read_roots : none, path, &body, &why);
	answer_bytes(b, e, &body, &why);
	buf_free(&body);
}

bool count_written(struct broker *b, size_t len)
{
	if (!b->limits.written_bytes)
		return true;
	size_t left = b->limits.written_bytes - b->written;
	if (len > left || FILE_COST > left - len) {
		broker_stop_limit(b, "written");
		return false;
	}
	b->written += len + FILE_COST;
	return true;
}

void serve_write_file(struct broker *b, struct message *m)
{
	const char *path = get_text(&m->body, &b->scratch);
	struct cur data = get_bytes(&m->body);
	if (!path || data.bad || !message_end(&m->body)) {
		broker_forged(b, "WRITE_FILE");
		return;
	}
	if (!count_written(b, cur_left(&data)))
		return;
	struct problem why = { 0 }, io = { 0 };
	_cleanup_(fd_closep) int folder = -1;
	const char *name = NULL;
	if (write_place(b->job->grants.write_roots, path, &folder, &name, &why) != OK)
		reply_refused(b, "%s", why.text);
	else if (write_file(folder, name, data.pos, cur_left(&data), &io) != OK)
		reply_refused(b, "%s: %s", path, io.text);
	else
		reply_done(b);
}
