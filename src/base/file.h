/* Files: whole reads, atomic writes, folders.  errno tells why after E_IO. */
#pragma once
#include "base/buf.h"


void fd_close(int fd); /* keeps errno; -1 is fine */
static inline void fd_closep(int *fd)
{
	fd_close(*fd);
}

/* The whole of a file (or "-" = standard input for file_read), appended to out.
 * E_LIMIT past out's ceiling.  dir may be AT_FDCWD.  file_read_fd: from where the descriptor stands. */
enum err file_read(const char *path, struct buf *out) _must_check_;
enum err file_read_fd(int fd, struct buf *out) _must_check_;
enum err file_read_at(int dir, const char *name, struct buf *out) _must_check_;

/* Replace dir/name by these bytes: temporary file beside it, write, fdatasync, rename, fsync of the folder (dir;
 * not with AT_FDCWD).  On failure the temporary is gone, and the old file is untouched but where it was the last
 * step that failed.  One thread of a process at a time for each file. */
enum err file_write_at(int dir, const char *name, const void *data, size_t len) _must_check_;

enum err write_all(int fd, const void *data, size_t len) _must_check_; /* EINTR and short writes handled */
enum err read_exact(int fd, void *data, size_t len, uint64_t offset) _must_check_; /* E_CORRUPT when short */
