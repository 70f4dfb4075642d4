/* Files that the writer keeps in the store's folder model/: 8 bytes that say what it is, the body, CRC32C of
 * all before it.  Replaced as a whole, so that a reader sees one state or the next. */
#pragma once
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

struct kept {
	char magic[8];
	const char *name; /* in model/ */
	size_t most;      /* bytes of the file */
};

/* Starts *out, which the caller frees; the body is added to it. */
void kept_begin(const struct kept *k, struct buf *out);
enum err kept_write(const struct kept *k, int folder, struct buf *out) _must_check_;

/* Hands the body to parse(), which is to use all of it; not called when there is no such file, which is OK too.
 * The problem names the file.
 * E_VERSION: it has another format; E_CORRUPT, E_IO. */
typedef enum err kept_parse(void *into, struct cur *body);
enum err kept_read(const struct kept *k, int folder, kept_parse *parse, void *into, struct problem *why) _must_check_;
