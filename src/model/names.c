/* Names files: lines of  agent,ifIndex,ifName[,speed]
 *
 *	# comment                                    blanks around columns do not matter
 *	10.0.0.1,5,ethernet5,1G                      speed in bit/s, with k M G T when wanted
 *	10.0.0.1,6,"rack 4, left"                    quotes when the name has a comma; "" is one
 *quote
 *
 * A file is taken as a whole or not at all. */
#include "model/model.h"

#include "base/cursor.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/entry.h"

#include <errno.h>
#include <string.h>

enum { MAX_COLUMNS = 4 };
#define MAX_FILE ((size_t)64 << 20)

struct names {
	const char *path;
	struct problem *why;
	struct iface_note *note; /* texts owned */
	size_t n, cap;
	struct map seen; /* agent and ifIndex, or agent and name -> line */
	unsigned line;
};

static void names_free(struct names *f)
{
	for (size_t i = 0; i < f->n; i++)
		mem_free((void *)(uintptr_t)f->note[i].name);
	mem_free(f->note);
	map_free(&f->seen);
}

static enum err wrong(const struct names *f, const char *what)
{
	return problem_at(f->why, E_SYNTAX, f->line, "%s:%u: %s", f->path, f->line, what);
}

/* -- one line into columns --------------------------------------------------------------- */

struct name_col {
	char text[MAX_NAME + 1];
	size_t len;
};

static void skip_blanks(struct cur *c)
{
	while (cur_left(c) && (*c->pos == ' ' || *c->pos == '\t'))
		cur_skip(c, 1);
}

static bool column_add(struct name_col *col, uint8_t c)
{
	if (col->len == MAX_NAME)
		return false;
	col->text[col->len++] = (char)c;
	return true;
}

static const char *read_quoted(struct cur *c, struct name_col *ret)
{
	cur_skip(c, 1);
	for (;;) {
		if (!cur_left(c))
			return "a quoted name has no closing \"";
		uint8_t ch = cur_u8(c);
		if (ch == '"') {
			if (!cur_left(c) || *c->pos != '"')
				return NULL;
			cur_skip(c, 1);
		}
		if (!column_add(ret, ch))
			return "longer than 255 bytes";
	}
}

static const char *read_plain(struct cur *c, struct name_col *ret)
{
	while (cur_left(c) && *c->pos != ',')
		if (!column_add(ret, cur_u8(c)))
			return "longer than 255 bytes";
	while (ret->len && (ret->text[ret->len - 1] == ' ' || ret->text[ret->len - 1] == '\t'))
		ret->len--;
	return NULL;
}

static const char *read_columns(struct cur *c, struct name_col col[static MAX_COLUMNS],
				size_t *ret_n)
{
	for (size_t n = 0;; n++) {
		if (n == MAX_COLUMNS)
			return "too many columns, wanted agent,ifIndex,ifName[,speed]";
		col[n].len = 0;
		skip_blanks(c);
		const char *bad = cur_left(c) && *c->pos == '"' ? read_quoted(c, &col[n])
								: read_plain(c, &col[n]);
		if (bad)
			return bad;
		col[n].text[col[n].len] = 0;
		skip_blanks(c);
		if (!cur_left(c)) {
			*ret_n = n + 1;
			return NULL;
		}
		if (cur_u8(c) != ',')
			return "wanted a comma after the quoted name";
	}
}

/* -- what the columns say ----------------------------------------------------------------- */

static bool printable(const struct name_col *col)
{
	for (size_t i = 0; i < col->len; i++)
		if ((uint8_t)col->text[i] < 0x20 || col->text[i] == 0x7f)
			return false;
	return true;
}

/* A number or a name twice under one agent would make one of the lines a lie. */
static enum err once(struct names *f, const struct addr *agent, const void *what, size_t len,
		     const char *kind)
{
	uint8_t key[16 + MAX_NAME + 1];
	struct map_entry *at;
	bool fresh;
	memcpy(key, agent, 16);
	key[16] = (uint8_t)kind[2]; /* ifIndex and ifName part here */
	memcpy(key + 17, what, len);
	enum err err = map_put(&f->seen, key, 17 + len, &at, &fresh);
	if (err != OK)
		return problem_set(f->why, err, "%s: %s", f->path, err_text(err));
	if (!fresh)
		return problem_at(f->why, E_SYNTAX, f->line,
				  "%s:%u: this agent's %s is in line %u already", f->path, f->line,
				  kind, (unsigned)at->num);
	at->num = f->line;
	return OK;
}

static enum err names_add(struct names *f, const struct iface_note *note)
{
	if (f->n == MAX_INTERFACES)
		return problem_set(f->why, E_LIMIT, "%s: more than %d names", f->path,
				   MAX_INTERFACES);
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct iface_note *more = mem_array(f->note, cap, sizeof(*more));
		if (!more)
			return problem_set(f->why, E_NOMEM, "%s: %s", f->path, err_text(E_NOMEM));
		f->note = more;
		f->cap = cap;
	}
	char *name = mem_strdup(note->name);
	if (!name)
		return problem_set(f->why, E_NOMEM, "%s: %s", f->path, err_text(E_NOMEM));
	f->note[f->n] = *note;
	f->note[f->n++].name = name;
	return OK;
}

static enum err read_line(struct names *f, struct cur line)
{
	struct name_col col[MAX_COLUMNS];
	struct iface_note note = { .configured = true };
	uint64_t ifindex;
	size_t n;
	enum err err;

	const char *bad = read_columns(&line, col, &n);
	if (bad)
		return wrong(f, bad);
	if (n < 3)
		return wrong(f, "wanted agent,ifIndex,ifName[,speed]");
	if (!addr_parse(col[0].text, col[0].len, &note.agent) || addr_is_none(&note.agent))
		return wrong(f, "agent is not an address");
	if (!uint_parse(col[1].text, col[1].len, &ifindex) || ifindex < 1 || ifindex > UINT32_MAX)
		return wrong(f, "ifIndex must be 1..4294967295");
	if (!col[2].len || !printable(&col[2]))
		return wrong(f, "ifName is empty or has control characters");
	if (n == 4 && col[3].len && !uint_parse_units(col[3].text, col[3].len, &note.speed))
		return wrong(f, "speed must be in bit/s: 1000000000 or 1G");
	note.ifindex = (uint32_t)ifindex;
	note.name = col[2].text;
	if ((err = once(f, &note.agent, &note.ifindex, sizeof(note.ifindex), "ifIndex")) != OK ||
	    (err = once(f, &note.agent, col[2].text, col[2].len, "ifName")) != OK)
		return err;
	return names_add(f, &note);
}

static enum err read_lines(struct names *f, struct cur text)
{
	while (cur_left(&text)) {
		const uint8_t *end = memchr(text.pos, '\n', cur_left(&text));
		struct cur line = cur_take(&text, end ? (size_t)(end - text.pos) : cur_left(&text));
		enum err err;

		if (end)
			cur_skip(&text, 1);
		f->line++;
		if (cur_left(&line) && line.end[-1] == '\r')
			line.end--;
		skip_blanks(&line);
		if (!cur_left(&line) || *line.pos == '#')
			continue;
		if ((err = read_line(f, line)) != OK)
			return err;
	}
	return OK;
}

enum err model_read_names(struct model *m, const char *path, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_FILE };
	_cleanup_(names_free) struct names f = { .path = path, .why = why };
	enum err err = file_read(path, &text);
	if (err != OK)
		return problem_set(why, err, "%s: %s", path,
				   err == E_IO ? strerror(errno) : err_text(err));
	if ((err = read_lines(&f, cur_of(text.data, text.len))) != OK)
		return err;
	if (f.n > MAX_INTERFACES - m->n)
		return problem_set(why, E_LIMIT, "%s: more than %d interfaces", path,
				   MAX_INTERFACES);
	for (size_t i = 0; i < f.n; i++)
		if ((err = model_note(m, &f.note[i])) != OK)
			return problem_set(why, err, "%s: %s", path, err_text(err));
	return OK;
}
