/* System calls that fail when a test says so: of the calls counted from 0, those from fail_at on and
 * before fail_until. */
#pragma once
#include "store/sys.h"

#include <errno.h>

static long calls, fail_at, fail_until;
static int fail_errno;

static bool fails(void)
{
	bool now = calls >= fail_at && calls < fail_until;
	calls++;
	if (now)
		errno = fail_errno;
	return now;
}

static int bad_openat(int dir, const char *path, int flags, mode_t mode)
{
	return fails() ? -1 : store_sys_real.openat(dir, path, flags, mode);
}

static int bad_mkdirat(int dir, const char *path, mode_t mode)
{
	return fails() ? -1 : store_sys_real.mkdirat(dir, path, mode);
}

/* A full disk takes the first half. */
static ssize_t bad_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (!fails())
		return store_sys_real.pwrite(fd, data, len, at);
	if (len > 1)
		(void)!store_sys_real.pwrite(fd, data, len / 2, at);
	errno = fail_errno;
	return -1;
}

static int bad_fdatasync(int fd)
{
	return fails() ? -1 : store_sys_real.fdatasync(fd);
}

static int bad_fsync(int fd)
{
	return fails() ? -1 : store_sys_real.fsync(fd);
}

static int bad_ftruncate(int fd, off_t len)
{
	return fails() ? -1 : store_sys_real.ftruncate(fd, len);
}

static int bad_renameat(int a, const char *from, int b, const char *to)
{
	return fails() ? -1 : store_sys_real.renameat(a, from, b, to);
}

static int bad_unlinkat(int dir, const char *path, int flags)
{
	return fails() ? -1 : store_sys_real.unlinkat(dir, path, flags);
}

static const struct store_sys bad_sys = {
	.openat = bad_openat,
	.mkdirat = bad_mkdirat,
	.pwrite = bad_pwrite,
	.fdatasync = bad_fdatasync,
	.fsync = bad_fsync,
	.ftruncate = bad_ftruncate,
	.renameat = bad_renameat,
	.unlinkat = bad_unlinkat,
};
