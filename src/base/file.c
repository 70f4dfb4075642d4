#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close(int fd)
{
	int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
}

enum err file_read_fd(int fd, struct buf *out)
{
	uint8_t piece[65536];
	for (ssize_t n; !out->bad && (n = read(fd, piece, sizeof(piece))) != 0;) {
		if (n < 0 && errno != EINTR)
			return E_IO;
		buf_add(out, piece, n > 0 ? (size_t)n : 0);
	}
	return out->bad;
}

enum err file_read_at(int dir, const char *name, struct buf *out)
{
	_cleanup_(fd_closep) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? E_IO : file_read_fd(fd, out);
}

enum err file_read(const char *path, struct buf *out)
{
	return STREQ(path, "-") ? file_read_fd(STDIN_FILENO, out) : file_read_at(AT_FDCWD, path, out);
}

enum err write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

enum err read_exact(int fd, void *data, size_t len, uint64_t offset)
{
	uint8_t *p = data;
	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		if (n == 0)
			return E_CORRUPT;
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return OK;
}

static enum err write_and_sync(int fd, const void *data, size_t len)
{
	enum err e = write_all(fd, data, len);
	return e == OK && fdatasync(fd) < 0 ? E_IO : e;
}

enum err file_write_at(int dir, const char *name, const void *data, size_t len)
{
	char tmp[300];
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.tmp.%d", name, (int)getpid()) >= sizeof(tmp))
		return E_RANGE;
	_cleanup_(fd_closep) int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return E_IO;
	enum err e = write_and_sync(fd, data, len);
	if (e == OK && renameat(dir, tmp, dir, name) < 0)
		e = E_IO;
	if (e != OK) {
		int saved = errno;
		unlinkat(dir, tmp, 0);
		errno = saved;
		return e;
	}
	_cleanup_(fd_closep) int d = dir == AT_FDCWD ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d >= 0 && fsync(d) < 0 ? E_IO : OK;
}
