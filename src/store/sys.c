#include "store/sys.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one call.  For a larger one the kernel looks for larger pieces of memory, which are rarely at hand: in a
 * virtual machine they may have to come from the host first. */
enum { WRITE_MOST = 256 << 10 };

static int real_openat(int dir, const char *path, int flags, mode_t mode)
{
	return openat(dir, path, flags, mode);
}

const struct store_sys store_sys_real = {
	.openat = real_openat,
	.mkdirat = mkdirat,
	.pwrite = pwrite,
	.fdatasync = fdatasync,
	.fsync = fsync,
	.ftruncate = ftruncate,
	.renameat = renameat,
	.unlinkat = unlinkat,
};

static const struct store_sys *in_use = &store_sys_real;

void store_sys_replace(const struct store_sys *sys)
{
	in_use = sys ? sys : &store_sys_real;
}

const struct store_sys *store_sys(void)
{
	return in_use;
}

enum err sys_write(int fd, const void *data, size_t len, uint64_t at)
{
	const uint8_t *p = data;
	while (len) {
		ssize_t n = in_use->pwrite(fd, p, MIN(len, (size_t)WRITE_MOST), (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return E_IO;
		p += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return OK;
}

void sys_remove(int dir, const char *path)
{
	int saved = errno;
	in_use->unlinkat(dir, path, 0);
	errno = saved;
}

enum err sys_sync_folder_of(int dir, const char *path)
{
	char folder[256] = ".";
	const char *slash = strrchr(path, '/');
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	_cleanup_(fd_closep) int fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || in_use->fsync(fd) < 0 ? E_IO : OK;
}

static enum err write_pieces(int fd, const struct sys_bytes piece[2], bool sync)
{
	enum err e = sys_write(fd, piece[0].data, piece[0].len, 0);
	if (e == OK)
		e = sys_write(fd, piece[1].data, piece[1].len, piece[0].len);
	return e == OK && sync && in_use->fdatasync(fd) < 0 ? E_IO : e;
}

enum err sys_replace(int dir, const char *path, const struct sys_bytes piece[2], bool sync,
		     bool *ret_there)
{
	char tmp[256];
	*ret_there = false;
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.tmp", path) >= sizeof(tmp))
		return E_RANGE;
	_cleanup_(fd_closep) int fd = in_use->openat(
		dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return E_IO;
	enum err e = write_pieces(fd, piece, sync);
	if (e == OK && in_use->renameat(dir, tmp, dir, path) < 0)
		e = E_IO;
	if (e != OK) {
		sys_remove(dir, tmp);
		return e;
	}
	*ret_there = true;
	return sync ? sys_sync_folder_of(dir, path) : OK;
}
