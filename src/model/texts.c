/* Texts that rows hold the hash of: user names, URLs, names of hosts and applications.
 *
 *	all    entries in the order heard        slot    hash -> place in all + 1, open addressing
 *
 * The file, STORE/model/texts, only grows: a line for each text that is new or was heard again after
 * a day, so that a minute with ten new URLs costs ten lines.  When more than half of its lines are
 * out of date it is written anew, replaced by rename.
 *
 *	weir texts 1
 *	00000f3c2a1044aa<TAB>490556<TAB>www.example.net      hash, hour it was heard (since 1970), text
 *
 * A line whose text does not have its hash is passed over: a torn end, or damage.  Texts are cleaned
 * before they come here, so that none has a line break or a zero byte in it.
 *
 * Strangers choose these texts.  There is room for so many, and when it is full the quarter that was
 * not heard for the longest time is forgotten: rows that hold such a hash show no text. */
#include "model/texts.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_TEXTS = 500000,
	MAX_TEXT = 255,      /* bytes; wire/ cuts them there */
	AGAIN_HOURS = 24,    /* heard again after so long: noted in the file */
	SPARE_LINES = 1000,  /* out of date, before it pays to write the file anew */
};
#define MAX_FILE ((size_t)512 << 20)
#define HOUR (60 * USEC_PER_MIN)

struct text_entry {
	uint64_t hash;
	uint32_t hour;
	bool changed;
	char *text;
};

struct texts {
	struct text_entry *all;
	size_t n, cap, changed;
	uint32_t *slot;
	size_t slots; /* a power of two, more than half of them free */
	size_t lines; /* of the file; 0 = it is to be written anew */
};

static const char head[] = "weir texts 1\n";

/* -- the table ------------------------------------------------------------------------------------ */

enum err texts_new(struct texts **ret)
{
	struct texts *t = mem_new0(1, sizeof(*t));
	if (!t)
		return E_NOMEM;
	*ret = t;
	return OK;
}

void texts_free(struct texts *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		mem_free(t->all[i].text);
	mem_free(t->all);
	mem_free(t->slot);
	mem_free(t);
}

bool texts_changed(const struct texts *t)
{
	return t->changed > 0;
}

static struct text_entry *find(const struct texts *t, uint64_t hash)
{
	if (!t->slots)
		return NULL;
	for (size_t at = hash & (t->slots - 1); t->slot[at]; at = (at + 1) & (t->slots - 1))
		if (t->all[t->slot[at] - 1].hash == hash)
			return &t->all[t->slot[at] - 1];
	return NULL;
}

static void place(struct texts *t, size_t i)
{
	size_t at = t->all[i].hash & (t->slots - 1);
	while (t->slot[at])
		at = (at + 1) & (t->slots - 1);
	t->slot[at] = (uint32_t)(i + 1);
}

static void place_all(struct texts *t)
{
	memset(t->slot, 0, t->slots * sizeof(*t->slot));
	for (size_t i = 0; i < t->n; i++)
		place(t, i);
}

static int later_first(const void *a, const void *b)
{
	const struct text_entry *x = a, *y = b;
	return x->hour < y->hour ? 1 : x->hour > y->hour ? -1 : x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void forget(struct texts *t)
{
	qsort(t->all, t->n, sizeof(*t->all), later_first);
	size_t keep = t->n - t->n / 4;
	for (size_t i = keep; i < t->n; i++)
		mem_free(t->all[i].text);
	t->n = keep;
	t->lines = 0;
	place_all(t);
}

static enum err make_room(struct texts *t)
{
	if (t->n == MAX_TEXTS)
		forget(t);
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct text_entry *all = mem_array(t->all, cap, sizeof(*all));
		if (!all)
			return E_NOMEM;
		t->all = all;
		t->cap = cap;
	}
	if (t->n * 2 < t->slots)
		return OK;
	size_t slots = t->slots ? t->slots * 2 : 1024;
	uint32_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot)
		return E_NOMEM;
	mem_free(t->slot);
	t->slot = slot;
	t->slots = slots;
	place_all(t);
	return OK;
}

static void change(struct texts *t, struct text_entry *e)
{
	t->changed += !e->changed;
	e->changed = true;
}

static enum err add(struct texts *t, uint64_t hash, const char *text, uint32_t hour)
{
	enum err err = make_room(t);
	char *copy = err == OK ? mem_strdup(text) : NULL;
	if (!copy)
		return E_NOMEM;
	t->all[t->n] = (struct text_entry){ .hash = hash, .hour = hour, .text = copy };
	place(t, t->n++);
	return OK;
}

enum err model_text_note(struct model *m, uint64_t hash, const char *text, usec_t when)
{
	struct texts *t = m->texts;
	uint32_t hour = (uint32_t)MIN(MAX(when, (usec_t)0) / HOUR, (usec_t)UINT32_MAX);
	struct text_entry *e = find(t, hash);
	if (e) {
		if (hour >= e->hour + AGAIN_HOURS) {
			e->hour = hour;
			change(t, e);
		}
		return OK;
	}
	enum err err = add(t, hash, text, hour);
	if (err == OK)
		change(t, &t->all[t->n - 1]);
	return err;
}

const char *model_text(const struct model *m, uint64_t hash)
{
	const struct text_entry *e = find(m->texts, hash);
	return e ? e->text : NULL;
}

size_t model_texts(const struct model *m)
{
	return m->texts->n;
}

struct model_text model_text_at(const struct model *m, size_t i)
{
	return (struct model_text){ m->texts->all[i].hash, m->texts->all[i].text };
}

/* -- the file ------------------------------------------------------------------------------------- */

static void put(struct buf *out, const struct text_entry *e)
{
	buf_printf(out, "%016" PRIx64 "\t%" PRIu32 "\t%s\n", e->hash, e->hour, e->text);
}

static void settled(struct texts *t, size_t lines)
{
	for (size_t i = 0; t->changed && i < t->n; i++) {
		t->changed -= t->all[i].changed;
		t->all[i].changed = false;
	}
	t->changed = 0;
	t->lines = lines;
}

static enum err write_anew(struct texts *t, int dir)
{
	_cleanup_(buf_free) struct buf out = { .ceiling = MAX_FILE };
	buf_text(&out, head);
	for (size_t i = 0; i < t->n; i++)
		put(&out, &t->all[i]);
	enum err err = out.bad ? out.bad : file_write_at(dir, "texts", out.data, out.len);
	if (err == OK)
		settled(t, t->n + 1);
	return err;
}

static enum err append(struct texts *t, int dir)
{
	_cleanup_(buf_free) struct buf out = { .ceiling = MAX_FILE };
	_cleanup_(fd_closep) int fd = openat(dir, "texts", O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? write_anew(t, dir) : E_IO;
	buf_u8(&out, '\n'); /* the last write may have been cut off */
	for (size_t i = 0; i < t->n; i++)
		if (t->all[i].changed)
			put(&out, &t->all[i]);
	enum err err = out.bad ? out.bad : write_all(fd, out.data, out.len);
	if (err == OK && fdatasync(fd) < 0)
		err = E_IO;
	if (err == OK)
		settled(t, t->lines + t->changed);
	return err;
}

enum err texts_save(struct texts *t, int folder)
{
	if (!t->changed)
		return OK;
	if (mkdirat(folder, "model", 0755) < 0 && errno != EEXIST)
		return E_IO;
	_cleanup_(fd_closep) int dir = openat(folder, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return E_IO;
	bool stale = t->lines + t->changed > t->n * 2 + SPARE_LINES;
	return t->lines && !stale ? append(t, dir) : write_anew(t, dir);
}

/* One line without its end; false for what put() never wrote. */
static bool read_line(struct texts *t, char *line, enum err *err)
{
	char *tab1 = strchr(line, '\t'), *tab2 = tab1 ? strchr(tab1 + 1, '\t') : NULL, *end;
	uint64_t hour;
	if (!tab2 || tab1 - line != 16 || !tab2[1] || strlen(tab2 + 1) > MAX_TEXT)
		return false;
	uint64_t hash = strtoull(line, &end, 16);
	if (end != tab1 || !uint_parse(tab1 + 1, (size_t)(tab2 - tab1 - 1), &hour) || hour > UINT32_MAX)
		return false;
	if (text_hash(tab2 + 1, strlen(tab2 + 1)) != hash)
		return false;
	struct text_entry *e = find(t, hash);
	if (e)
		e->hour = (uint32_t)hour;
	else
		*err = add(t, hash, tab2 + 1, (uint32_t)hour);
	return true;
}

enum err texts_load(struct texts *t, int folder)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_FILE };
	enum err err = file_read_at(folder, "model/texts", &text);
	if (err == E_IO && errno == ENOENT)
		return OK;
	if (err != OK)
		return err;
	size_t lines = 0;
	buf_u8(&text, 0);
	if (text.bad)
		return text.bad;
	char *line = (char *)text.data, *end;
	if (strncmp(line, head, sizeof(head) - 1) != 0)
		return OK; /* not ours: written anew with the next text */
	for (line += sizeof(head) - 1; err == OK && (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		lines++;
		if (*line)
			(void)read_line(t, line, &err);
	}
	t->lines = lines + 1;
	return err;
}
