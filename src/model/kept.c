/* The envelope of files in model/. */
#include "model/kept.h"

#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

void kept_begin(const struct kept *k, struct buf *out)
{
	*out = (struct buf){ .ceiling = k->most };
	buf_add(out, k->magic, sizeof(k->magic));
}

enum err kept_write(const struct kept *k, int folder, struct buf *out)
{
	if (!out->bad)
		buf_u32(out, crc32c(0, out->data, out->len));
	if (out->bad)
		return out->bad;
	if (mkdirat(folder, "model", 0755) < 0 && errno != EEXIST)
		return E_IO;
	_cleanup_(fd_closep) int dir = openat(folder, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? E_IO : file_write_at(dir, k->name, out->data, out->len);
}

/* The last byte of what a file says it is is its format, from '1'. */
static enum err check_format(const struct kept *k, const struct buf *text, struct problem *why)
{
	const size_t name = sizeof(k->magic) - 1;
	const char ours = k->magic[name], is = text->len > name ? (char)text->data[name] : ours;
	if (text->len <= name || memcmp(text->data, k->magic, name) != 0 || is == ours || is < '1' || is > '9')
		return OK; /* or damaged, which open_up() finds */
	return problem_set(why, E_VERSION, "model/%s: it has format %c, of %s weir; this one knows %c", k->name, is,
			   is < ours ? "an older" : "a newer", ours);
}

static enum err open_up(const struct kept *k, const struct buf *text, kept_parse *parse, void *into)
{
	struct cur c = cur_of(text->data, text->len);
	if (text->len < sizeof(k->magic) + 4)
		return E_CORRUPT;
	struct cur body = cur_take(&c, text->len - 4);
	const uint8_t *head = cur_need(&body, sizeof(k->magic));
	if (cur_le32(&c) != crc32c(0, text->data, text->len - 4) || !head || memcmp(head, k->magic, sizeof(k->magic)) != 0)
		return E_CORRUPT;
	enum err err = parse(into, &body);
	return err == OK && (body.bad || cur_left(&body)) ? E_CORRUPT : err;
}

enum err kept_read(const struct kept *k, int folder, kept_parse *parse, void *into, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = k->most };
	_cleanup_(fd_closep) int dir = openat(folder, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = dir < 0 ? E_IO : file_read_at(dir, k->name, &text);
	if (err == E_IO && errno == ENOENT)
		return OK;
	if (err == OK && (err = check_format(k, &text, why)) != OK)
		return err;
	if (err == OK)
		err = open_up(k, &text, parse, into);
	return err == OK ? OK : problem_set(why, err, "model/%s: %s", k->name, err == E_IO ? strerror(errno) : err_text(err));
}
