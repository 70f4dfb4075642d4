/* Customers mappings as text: a document, then what it must become.
 *
 *	# comment                             only before a document
 *	<customers> ... </customers>
 *	----
 *	LINE:COLUMN: MESSAGE                  every error, in order; or, of a good document:
 *	customer ID "NAME" [parent ID] [privacy WHAT, as it holds]
 *	  port ... / mac ... / cidr ...       with FROM .. TO in UTC where they are not open
 *	====                                  between cases
 *
 * Lines before a document: "!zone NAME" sets where dates without an offset are read (else UTC),
 * "!name FILE" the name, whose ending tells the form, "!switch NAME ADDRESS" an agent for IX-F, and "!privacy LEVEL"
 * what holds where the mapping says nothing, "!strict" that orphans, which else stand before a good document's customers,
 * are errors. */
#include "base/file.h"
#include "base/mem.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>

static void put_when(struct buf *out, struct span when)
{
	char from[40], to[40];
	const struct zone *utc;
	if (zone_find("UTC", &utc) != OK)
		exit(1);
	if (when.start != INT64_MIN || when.end != INT64_MAX)
		buf_printf(out, " %s .. %s",
			   when.start == INT64_MIN ? "" : zone_iso(utc, when.start, from),
			   when.end == INT64_MAX ? "" : zone_iso(utc, when.end, to));
	buf_text(out, "\n");
}

static void put_port(struct buf *out, const struct own_port *p)
{
	char agent[ADDR_TEXT];
	buf_printf(out, " %s", addr_format(&p->agent, agent));
	if (p->ifname)
		buf_printf(out, ">%s", p->ifname);
	else if (p->ifindex)
		buf_printf(out, ">%u", p->ifindex);
}

static void put_customer(struct buf *out, const struct customers *cs, const struct customer *c)
{
	const struct privacy privacy = customers_privacy(cs, c);
	char text[PRIVACY_TEXT];
	buf_printf(out, "customer %s \"%s\"", c->id, c->name);
	if (c->parent)
		buf_printf(out, " parent %s", c->parent);
	if (privacy.level)
		buf_printf(out, " privacy %s", privacy_text(&privacy, text));
	buf_text(out, "\n");
	for (size_t i = 0; i < c->nport; i++) {
		buf_text(out, "  port");
		put_port(out, &c->port[i]);
		put_when(out, c->port[i].when);
	}
	for (size_t i = 0; i < c->nmac; i++) {
		buf_printf(out, "  mac %s", mac_format(c->mac[i].mac, text));
		put_when(out, c->mac[i].when);
	}
	for (size_t i = 0; i < c->ncidr; i++) {
		buf_printf(out, "  cidr %s", prefix_format(&c->cidr[i].prefix, text));
		if (c->cidr[i].tied)
			put_port(out, &c->cidr[i].port);
		put_when(out, c->cidr[i].when);
	}
}

static void say(void *arg, unsigned line, unsigned column, const char *text)
{
	buf_printf(arg, "%u:%u: %s\n", line, column, text);
}

enum { SWITCHES = 4 };

/* What the lines before a document say. */
struct setting {
	const char *name;
	const struct zone *zone;
	struct switch_agent at[SWITCHES];
	struct customers_options options;
};

static void run(const char *document, size_t len, const struct setting *set, struct buf *out)
{
	const struct customers_in in = { .name = set->name, .zone = set->zone, .options = &set->options, .say = say, .arg = out };
	_cleanup_(customers_freep) struct customers *c = NULL;
	struct problem why = { 0 };
	enum err e = customers_read(&in, document, len, &c, &why);
	if (e != OK && (!out->len || c || !why.text[0]))
		buf_printf(out, "refused without a word: %s\n", err_text(e));
	if (c && customers_orphans(c, say, out) && set->options.strict)
		buf_text(out, "orphans in spite of strict\n");
	for (size_t i = 0; c && i < customers_count(c); i++)
		put_customer(out, c, customers_at(c, i));
}

/* The lines up to a line that is exactly `stop`, which is skipped. */
static char *piece(char **rest, const char *stop)
{
	char *begin = *rest, *line = begin;
	size_t n = strlen(stop);
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, stop, n) == 0 && (line[n] == '\n' || !line[n])) {
			*rest = line + n + (line[n] == '\n');
			*line = 0;
			return begin;
		}
	*rest = line;
	return begin;
}

static void take_switch(struct setting *set, const char *line)
{
	struct switch_agent *s = &set->at[set->options.nswitches++];
	const char *blank = strchr(line, ' ');
	if (set->options.nswitches > SWITCHES || !blank || !addr_parse(blank + 1, strlen(blank + 1), &s->agent))
		exit(1);
	s->name = mem_strndup(line, (size_t)(blank - line));
	set->options.switches = set->at;
}

static char *skip_comments(char *s, struct setting *set)
{
	while (*s == '#' || *s == '!' || *s == '\n') {
		char *end = s + strcspn(s, "\n");
		char *next = end + (*end == '\n');
		*end = 0;
		if (strncmp(s, "!zone ", 6) == 0 && zone_find(s + 6, &set->zone) != OK)
			exit(1);
		if (strncmp(s, "!name ", 6) == 0)
			set->name = s + 6;
		if (strncmp(s, "!privacy ", 9) == 0 && !privacy_find(s + 9, strlen(s + 9), &set->options.privacy.level))
			exit(1);
		set->options.strict |= strcmp(s, "!strict") == 0;
		if (strncmp(s, "!switch ", 8) == 0)
			take_switch(set, s + 8);
		s = next;
	}
	return s;
}

static void comment(const char *what, const char *text)
{
	printf("# %s:\n", what);
	for (const char *s = text; *s; s += strcspn(s, "\n"), s += *s == '\n')
		printf("#   %.*s\n", (int)strcspn(s, "\n"), s);
}

int main(int argc, char **argv)
{
	struct buf text = { 0 };
	unsigned n = 0, bad = 0;
	if (argc != 2 || file_read(argv[1], &text) != OK || !*buf_str(&text)) {
		fprintf(stderr, "usage: %s FILE.t\n", argv[0]);
		return 2;
	}
	for (char *rest = (char *)text.data; *rest;) {
		struct setting set = { .name = "t" };
		struct buf got = { 0 };
		if (zone_find("UTC", &set.zone) != OK)
			return 1;
		char *document = skip_comments(piece(&rest, "----"), &set);
		char *want = piece(&rest, "====");
		run(document, strlen(document), &set, &got);
		bool ok = STREQ(buf_str(&got), want);
		printf("%sok %u - %.*s\n", ok ? "" : "not ", ++n, (int)strcspn(want, "\n"), want);
		if (!ok) {
			comment("document", document);
			comment("got", buf_str(&got));
			comment("want", want);
		}
		bad += !ok;
		for (size_t i = 0; i < set.options.nswitches; i++)
			mem_free((char *)(uintptr_t)set.at[i].name);
		buf_free(&got);
	}
	printf("1..%u\n", n);
	buf_free(&text);
	return bad ? 1 : 0;
}
