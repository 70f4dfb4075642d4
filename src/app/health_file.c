/* STORE/status/exporters:
 *
 *	weir exporters 1 \t when
 *	x \t a value for each EXPORTER of exporters.def, in their order
 *	o \t a value for each OVER
 *	end \t CRC-32C of the lines before, hexadecimal */
#include "app/health.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_MOST ((size_t)64 << 20)
enum { STATUS_FORMAT = 1 };
static const char head[] = "weir exporters ", folder_name[] = "status", file_name[] = "exporters";

const struct health_column exporter_columns[] = {
#define EXPORTER(name, head, kind, member, help) { #name, head, HK_##kind, offsetof(struct health_row, member), help },
#include "app/exporters.def"
};
const size_t nexporter_columns = COUNT_OF(exporter_columns);

const struct health_column over_columns[] = {
#define OVER(name, head, kind, member, help) { #name, head, HK_##kind, offsetof(struct over_row, member), help },
#include "app/exporters.def"
};
const size_t nover_columns = COUNT_OF(over_columns);

/* -- writing --------------------------------------------------------------------------------------------- */

static void put_value(struct buf *b, const struct health_column *c, const void *row)
{
	const void *at = (const char *)row + c->offset;
	char text[ADDR_TEXT];
	switch (c->kind) {
	case HK_ADDR:
		buf_printf(b, "\t%s", addr_format(at, text));
		break;
	case HK_TEXT:
		buf_printf(b, "\t%s", (const char *)at);
		break;
	case HK_PROTOCOL:
	case HK_NUMBER:
	case HK_RATE:
	case HK_FROM:
		buf_printf(b, "\t%" PRIu64, *(const uint64_t *)at);
		break;
	case HK_SKEW:
	case HK_TIME:
		buf_printf(b, "\t%" PRId64, *(const int64_t *)at);
		break;
	case HK_REAL:
		buf_printf(b, "\t%.3f", *(const double *)at);
		break;
	}
}

static void put_rows(struct buf *b, const char *mark, const struct health_column *c, size_t ncols, const void *rows,
		     size_t size, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_text(b, mark);
		for (size_t k = 0; k < ncols; k++)
			put_value(b, &c[k], (const char *)rows + i * size);
		buf_text(b, "\n");
	}
}

static enum err open_folder(int store, bool make, int *ret)
{
	if (make && mkdirat(store, folder_name, 0755) < 0 && errno != EEXIST)
		return E_IO;
	*ret = openat(store, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *ret < 0 ? E_IO : OK;
}

enum err health_write_as(const struct health *h, int folder, const char *name)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = STATUS_MOST };
	_cleanup_(fd_closep) int dir = -1;
	buf_printf(&b, "%s%d\t%" PRId64 "\n", head, STATUS_FORMAT, h->when);
	put_rows(&b, "x", exporter_columns, nexporter_columns, h->row, sizeof(*h->row), h->n);
	put_rows(&b, "o", over_columns, nover_columns, h->over, sizeof(*h->over), h->nover);
	if (b.bad == OK)
		buf_printf(&b, "end\t%08" PRIx32 "\n", crc32c(0, b.data, b.len));
	enum err err = b.bad;
	if (err == OK)
		err = open_folder(folder, true, &dir);
	return err == OK ? file_write_at(dir, name, b.data, b.len) : err;
}

enum err health_write(const struct health *h, int folder)
{
	return health_write_as(h, folder, file_name);
}

/* -- reading ------------------------------------------------------------------------------------------------ */

static bool get_value(const struct health_column *c, const char *text, void *row)
{
	void *at = (char *)row + c->offset;
	char *end = NULL;
	errno = 0;
	switch (c->kind) {
	case HK_ADDR:
		return !*text || addr_parse(text, strlen(text), at);
	case HK_TEXT:
		return snprintf(at, HEALTH_TEXT, "%s", text) < HEALTH_TEXT;
	case HK_PROTOCOL:
	case HK_NUMBER:
	case HK_RATE:
	case HK_FROM:
		*(uint64_t *)at = strtoull(text, &end, 10);
		break;
	case HK_SKEW:
	case HK_TIME:
		*(int64_t *)at = strtoll(text, &end, 10);
		break;
	case HK_REAL:
		*(double *)at = strtod(text, &end);
		break;
	}
	return end && end != text && !*end && !errno;
}

/* Cuts the next piece up to `stop` off *text; NULL at the end. */
static char *cut(char **text, char stop)
{
	char *piece = *text, *end = piece ? strchr(piece, stop) : NULL;
	if (end)
		*end = '\0';
	*text = end ? end + 1 : NULL;
	return piece;
}

static bool get_row(char *line, const struct health_column *c, size_t ncols, void *row)
{
	for (size_t i = 0; i < ncols; i++) {
		const char *text = cut(&line, '\t');
		if (!text || !get_value(&c[i], text, row))
			return false;
	}
	return !line;
}

static enum err add_line(struct health *h, char *line)
{
	if (strncmp(line, "x\t", 2) == 0) {
		if (h->n == h->cap) {
			size_t cap = h->cap ? h->cap * 2 : 64;
			void *more = mem_array(h->row, cap, sizeof(*h->row));
			if (!more)
				return E_NOMEM;
			h->row = more;
			h->cap = cap;
		}
		struct health_row *row = &h->row[h->n++];
		*row = (struct health_row){ 0 };
		return get_row(line + 2, exporter_columns, nexporter_columns, row) ? OK : E_CORRUPT;
	}
	if (strncmp(line, "o\t", 2) != 0)
		return E_CORRUPT;
	void *more = mem_array(h->over, h->nover + 1, sizeof(*h->over));
	if (!more)
		return E_NOMEM;
	h->over = more;
	h->over[h->nover] = (struct over_row){ 0 };
	return get_row(line + 2, over_columns, nover_columns, &h->over[h->nover++]) ? OK : E_CORRUPT;
}

/* The last line, taken off. */
static bool whole(char *text, size_t len)
{
	static const char end[] = "end\t";
	size_t last = strlen(end) + 8 + 1; /* of the last line */
	if (len < last || strlen(text) != len || strncmp(text + len - last, end, strlen(end)) != 0)
		return false;
	unsigned long crc = strtoul(text + len - last + strlen(end), NULL, 16);
	text[len - last] = '\0';
	return crc == crc32c(0, text, len - last);
}

static enum err parse(char *text, size_t len, struct health *h)
{
	enum err err = OK;
	if (!whole(text, len) || strncmp(text, head, strlen(head)) != 0)
		return E_CORRUPT;
	char *line = cut(&text, '\n');
	if (strtoul(line + strlen(head), &line, 10) != STATUS_FORMAT)
		return E_VERSION;
	h->when = strtoll(line, NULL, 10);
	while (err == OK && text && *text)
		err = add_line(h, cut(&text, '\n'));
	return err;
}

enum err health_read_as(int folder, const char *name, struct health *ret)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = STATUS_MOST };
	_cleanup_(fd_closep) int dir = -1;
	struct health h = { 0 };
	enum err err = open_folder(folder, false, &dir);
	if (err == OK)
		err = file_read_at(dir, name, &b);
	if (err == E_IO && errno == ENOENT)
		return E_UNKNOWN;
	if (err == OK) {
		size_t len = b.len;
		buf_u8(&b, 0);
		err = b.bad == OK ? parse((char *)b.data, len, &h) : b.bad;
	}
	if (err != OK) {
		health_free(&h);
		return err;
	}
	*ret = h;
	return OK;
}

enum err health_read(int folder, struct health *ret)
{
	return health_read_as(folder, file_name, ret);
}
