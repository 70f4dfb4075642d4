/* The few system calls that change a store, behind one table, so that a test can make each of
 * them fail at each of its call sites.  Reading goes through base/file.h. */
#pragma once
#include "base/err.h"

#include <sys/types.h>

struct store_sys {
	int (*openat)(int dir, const char *path, int flags, mode_t mode); /* files that are made */
	int (*mkdirat)(int dir, const char *path, mode_t mode);
	ssize_t (*pwrite)(int fd, const void *data, size_t len, off_t at);
	int (*fdatasync)(int fd);
	int (*fsync)(int fd);
	int (*ftruncate)(int fd, off_t len);
	int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
	int (*unlinkat)(int dir, const char *path, int flags);
};

extern const struct store_sys store_sys_real;

/* The table in use.  For tests, before threads start; NULL = the real one. */
void store_sys_replace(const struct store_sys *sys);
const struct store_sys *store_sys(void);

/* All of the bytes at this place of a file.  E_IO keeps errno. */
enum err sys_write(int fd, const void *data, size_t len, uint64_t at) _must_check_;

struct sys_bytes {
	const void *data;
	size_t len;
};

/* A file of these pieces under this path below dir: temporary, write, fdatasync, rename, fsync
 * of its folder (without the syncs when !sync).  *ret_there, set in any case, says whether the
 * new file stands under its name: it may although the folder's fsync failed. */
enum err sys_replace(int dir, const char *path, const struct sys_bytes piece[2], bool sync,
		     bool *ret_there) _must_check_;

/* fsync of the folder that holds this path. */
enum err sys_sync_folder_of(int dir, const char *path) _must_check_;

void sys_remove(int dir,
		const char *path); /* keeps errno; a file that stays is found at next open */
