/* The model's file, STORE/model/interfaces: text, one interface a line, replaced by rename.
 *
 *	weir interfaces 1
 *	# agent ifIndex speed ifType first_seen last_seen flags ifName ifAlias
 *	10.0.0.1<TAB>5<TAB>1000000000<TAB>6<TAB>1766000000000000<TAB>1766003600000000<TAB>n<TAB>ethernet5<TAB>to
 *rack 4 end 1 5f3c2a10
 *
 * Columns are parted by tabs.  flags: "n" named by the operator, "s" speed given by the operator,
 * "-" neither.  In names a backslash, a byte below 0x20 and 0x7f are written \xNN, so that a line
 * is a line.  Times are microseconds since 1970 UTC.  The last line has the number of
 * interfaces and the CRC-32C of everything before it: a file that was cut or changed is
 * refused as a whole, never half read. */
#include "model/model.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/entry.h"
#include "model/texts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { VERSION = 1, COLUMNS = 9 };
#define MAX_FILE ((size_t)1 << 30)
static const char head[] = "weir interfaces ";

/* -- saving -------------------------------------------------------------------------------- */

static void put_name(struct buf *out, const char *s)
{
	for (; *s; s++) {
		uint8_t c = (uint8_t)*s;
		if (c < 0x20 || c == 0x7f || c == '\\')
			buf_printf(out, "\\x%02x", c);
		else
			buf_u8(out, c);
	}
}

static void put_entry(struct buf *out, const struct entry *e)
{
	char agent[ADDR_TEXT];
	const struct iface *i = &e->is;
	const char *flags = i->configured         ? e->speed_configured ? "ns" : "n"
			    : e->speed_configured ? "s"
						  : "-";
	buf_printf(out, "%s\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRId64 "\t%" PRId64 "\t%s\t",
		   addr_format(&i->agent, agent), i->ifindex, i->speed, i->type, i->first_seen,
		   i->last_seen, flags);
	put_name(out, i->name);
	buf_u8(out, '\t');
	put_name(out, i->alias);
	buf_u8(out, '\n');
}

static void settled(const struct model *m)
{
	m->book->changed = false;
	for (size_t i = 0; i < m->n; i++)
		m->all[i]->saved_seen = m->all[i]->is.last_seen;
}

static enum err save_interfaces(const struct model *m, int folder)
{
	_cleanup_(buf_free) struct buf out = { .ceiling = MAX_FILE };
	enum err err = book_make(m);
	if (err != OK)
		return err;
	buf_printf(&out, "%s%d\n", head, VERSION);
	buf_text(&out, "# agent ifIndex speed ifType first_seen last_seen flags ifName ifAlias\n");
	for (size_t i = 0; i < m->n; i++)
		put_entry(&out, m->book->at[i]);
	if (!out.bad)
		buf_printf(&out, "end %zu %08" PRIx32 "\n", m->n, crc32c(0, out.data, out.len));
	if (out.bad)
		return out.bad;
	if (mkdirat(folder, "model", 0755) < 0 && errno != EEXIST)
		return E_IO;
	_cleanup_(fd_closep) int dir = openat(folder, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return E_IO;
	if ((err = file_write_at(dir, "interfaces", out.data, out.len)) == OK)
		settled(m);
	return err;
}

/* Texts come with most minutes, interfaces seldom. */
enum err model_save(const struct model *m, int folder)
{
	enum err err = OK;
	if (m->book->changed || !texts_changed(m->texts))
		err = save_interfaces(m, folder);
	return err == OK ? texts_save(m->texts, folder) : err;
}

/* -- loading ------------------------------------------------------------------------------- */

struct text {
	const char *s;
	size_t len;
};

/* The next piece up to the separator, which is consumed; false at the end. */
static bool next_piece(struct text *rest, char sep, struct text *ret)
{
	if (!rest->s)
		return false;
	const char *end = memchr(rest->s, sep, rest->len);
	*ret = (struct text){ rest->s, end ? (size_t)(end - rest->s) : rest->len };
	if (end)
		*rest = (struct text){ end + 1, rest->len - ret->len - 1 };
	else
		*rest = (struct text){ 0 };
	return true;
}

static bool get_uint(struct text t, uint64_t most, uint64_t *ret)
{
	return uint_parse(t.s, t.len, ret) && *ret <= most;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undo put_name; false for what put_name never writes. */
static bool get_name(struct text t, char ret[static MAX_NAME + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.s[i];
		if ((uint8_t)c < 0x20 || n == MAX_NAME)
			return false;
		if (c == '\\') {
			if (t.len - i < 4 || t.s[i + 1] != 'x')
				return false;
			int hi = hex_digit(t.s[i + 2]), lo = hex_digit(t.s[i + 3]);
			if (hi < 0 || lo < 0 || (!hi && !lo))
				return false;
			c = (char)(hi << 4 | lo);
			i += 3;
		}
		ret[n++] = c;
	}
	ret[n] = 0;
	return true;
}

static const char *read_line(struct model *m, struct text line, enum err *err)
{
	struct text col[COLUMNS + 1];
	char name[MAX_NAME + 1], alias[MAX_NAME + 1];
	uint64_t ifindex, speed, type, first, last;
	struct addr agent;
	size_t n = 0;

	while (n <= COLUMNS && next_piece(&line, '\t', &col[n]))
		n++;
	if (n != COLUMNS)
		return "does not have 9 columns";
	if (!addr_parse(col[0].s, col[0].len, &agent) || addr_is_none(&agent))
		return "agent is no address";
	if (!get_uint(col[1], UINT32_MAX, &ifindex) || !get_uint(col[2], UINT64_MAX, &speed) ||
	    !get_uint(col[3], UINT32_MAX, &type) || !get_uint(col[4], INT64_MAX, &first) ||
	    !get_uint(col[5], INT64_MAX, &last))
		return "a number is missing or out of range";
	bool named = memchr(col[6].s, 'n', col[6].len), fast = memchr(col[6].s, 's', col[6].len);
	if (col[6].len != (size_t)MAX(named + fast, 1) || (!named && !fast && col[6].s[0] != '-'))
		return "flags must be n, s, ns or -";
	if (!get_name(col[7], name) || !get_name(col[8], alias))
		return "a name is not written as names are";
	if (model_iface(m, &agent, (uint32_t)ifindex))
		return "this interface is in the file twice";

	const struct iface_note note = { .agent = agent,
					 .ifindex = (uint32_t)ifindex,
					 .name = name,
					 .alias = alias,
					 .speed = speed,
					 .type = (uint32_t)type,
					 .when = (usec_t)first,
					 .configured = named };
	if ((*err = model_learn(m, &note, fast)) != OK)
		return NULL;
	struct entry *e = m->all[m->n - 1];
	e->is.last_seen = (usec_t)last;
	/* Lines come by number; of two with one name the last seen, or the operator's, has it. */
	struct entry *other = e->older;
	if (other->is.configured == named && other->is.last_seen > e->is.last_seen)
		name_first(m, other);
	return NULL;
}

static enum err corrupt(struct problem *why, size_t line, const char *what)
{
	return problem_at(why, E_CORRUPT, line, "model/interfaces: line %zu: %s", line, what);
}

/* The last line: "end COUNT CRC". Cuts it from *body. */
static bool check_end(struct text *body, uint64_t *ret_count)
{
	char want[9], line[64];
	size_t at = body->len;
	if (!at || body->s[at - 1] != '\n')
		return false;
	for (at--; at && body->s[at - 1] != '\n'; at--)
		;
	size_t len = body->len - at - 1;
	if (len >= sizeof(line))
		return false;
	memcpy(line, body->s + at, len);
	line[len] = 0;
	snprintf(want, sizeof(want), "%08" PRIx32, crc32c(0, body->s, at));
	const char *crc = strrchr(line, ' ');
	if (strncmp(line, "end ", 4) != 0 || crc < line + 5 || !STREQ(crc + 1, want) ||
	    !uint_parse(line + 4, (size_t)(crc - line - 4), ret_count))
		return false;
	body->len = at;
	return true;
}

static enum err check_head(struct text line, struct problem *why)
{
	uint64_t version;
	size_t lead = strlen(head);
	if (line.len < lead || memcmp(line.s, head, lead) != 0 ||
	    !uint_parse(line.s + lead, line.len - lead, &version) || !version)
		return corrupt(why, 1, "does not begin with \"weir interfaces 1\"");
	if (version > VERSION)
		return problem_set(why, E_VERSION,
				   "model/interfaces: version %" PRIu64
				   ", this program reads up to %d",
				   version, VERSION);
	return OK;
}

static enum err read_all(struct model *m, struct text body, struct problem *why)
{
	struct text line, first = body;
	uint64_t count;
	enum err err;

	if (!next_piece(&first, '\n', &line))
		return corrupt(why, 1, "the file is empty");
	if ((err = check_head(line, why)) != OK)
		return err;
	if (!check_end(&body, &count))
		return problem_set(
			why, E_CORRUPT,
			"model/interfaces: cut off or changed: its last line does not fit");
	size_t number = 1;
	next_piece(&body, '\n', &line);
	while (next_piece(&body, '\n', &line)) {
		number++;
		if (!line.len || line.s[0] == '#')
			continue;
		const char *wrong = read_line(m, line, &err);
		if (wrong)
			return corrupt(why, number, wrong);
		if (err != OK)
			return problem_at(why, err, number, "model/interfaces: line %zu: %s",
					  number, err_text(err));
	}
	if (count != m->n)
		return corrupt(why, number + 1, "counts other interfaces than the file has");
	return book_make(m);
}

enum err model_load(int folder, struct model **ret, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_FILE };
	_cleanup_(model_freep) struct model *m = NULL;
	enum err err = model_new(&m);
	if (err != OK)
		return problem_set(why, err, "%s", err_text(err));
	err = file_read_at(folder, "model/interfaces", &text);
	if (err == E_IO && errno != ENOENT)
		return problem_set(why, err, "model/interfaces: %s", strerror(errno));
	if (err != OK && err != E_IO)
		return problem_set(why, err, "model/interfaces: %s", err_text(err));
	if (err == OK &&
	    (err = read_all(m, (struct text){ (const char *)text.data, text.len }, why)) != OK)
		return err;
	if ((err = texts_load(m->texts, folder)) != OK)
		return problem_set(why, err, "model/texts: %s", err == E_IO ? strerror(errno) : err_text(err));
	settled(m);
	*ret = m;
	m = NULL;
	return OK;
}
