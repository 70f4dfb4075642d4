/* The head of a REST script: lines "// key: value" before anything else. */
#include "base/mem.h"
#include "rest/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { MAX_HEAD_LINES = 100, MAX_CLIENTS = 1000, MAX_TTL = 7 * 24 * 3600 };

const struct rest_head_row rest_head_rows[] = {
#define HEAD(key, help) { #key, help },
#include "rest/heads.def"
#undef HEAD
};
const size_t nrest_head_rows = COUNT_OF(rest_head_rows);

static const struct {
	const char *name, *type;
} formats[] = {
#define FORMAT(name, type) { name, type },
#include "rest/formats.def"
#undef FORMAT
};

const char *format_type(const char *format)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (STREQ(formats[i].name, format))
			return formats[i].type;
	return NULL;
}

/* The next word of a list by commas and blanks; *s moves behind it. */
static size_t next_word(const char **s, const char **ret)
{
	*s += strspn(*s, ", \t");
	size_t n = strcspn(*s, ", \t");
	*ret = *s;
	*s += n;
	return n;
}

bool list_has(const char *list, const char *word)
{
	const char *w;
	for (size_t n; (n = next_word(&list, &w)) > 0;)
		if (n == strlen(word) && memcmp(w, word, n) == 0)
			return true;
	return false;
}

static void wrong(struct head *h, const char *file, unsigned line, const char *fmt, const char *what)
{
	int n = snprintf(h->wrong, sizeof(h->wrong), "%.100s:%u: ", file, line);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(h->wrong + n, sizeof(h->wrong) - (size_t)n, fmt, what);
#pragma GCC diagnostic pop
}

static void take_ttl(struct head *h, const char *value, const char *file, unsigned line)
{
	char *end;
	unsigned long v = strtoul(value, &end, 10);
	if (*end || end == value || value[0] == '-' || v > MAX_TTL)
		wrong(h, file, line, "ttl: seconds are wanted, a week at most, not \"%.60s\"", value);
	else
		h->ttl_s = (unsigned)v;
}

static enum err take_clients(struct head *h, const char *s, const char *file, unsigned line)
{
	const char *w, *why;
	struct prefix p;
	char text[64];
	for (size_t n; (n = next_word(&s, &w)) > 0;) {
		snprintf(text, sizeof(text), "%.*s", (int)MIN(n, sizeof(text) - 1), w);
		if (h->nclients == MAX_CLIENTS || !prefix_parse(w, n, &p, &why)) {
			wrong(h, file, line, "AuthClients: \"%.60s\" is no block of addresses", text);
			return OK;
		}
		struct prefix *more = mem_array(h->clients, h->nclients + 1, sizeof(*more));
		if (!more)
			return E_NOMEM;
		h->clients = more;
		more[h->nclients++] = p;
	}
	if (!h->nclients)
		wrong(h, file, line, "AuthClients: blocks of addresses are wanted%s", "");
	return OK;
}

static void check_roles(struct head *h, const char *s, const char *file, unsigned line)
{
	static const char known[] = "guest customer operator admin";
	const char *w;
	char word[32];
	for (size_t n; (n = next_word(&s, &w)) > 0;) {
		snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), w);
		if (!list_has(known, word))
			wrong(h, file, line, "roles: \"%s\" is none of guest, customer, operator, admin", word);
	}
}

static enum err take(struct head *h, const char *file, unsigned line, const char *key, const char *value)
{
	/* "authclients" is no comment of its author's: it would open the script to everybody. */
#define HEAD(name, help)                                                                           \
	if (STREQ(key, #name)) {                                                                   \
		if (h->name)                                                                       \
			wrong(h, file, line, "%s stands there twice", key);                        \
		h->name = value;                                                                   \
	} else if (strcasecmp(key, #name) == 0) {                                                  \
		wrong(h, file, line, "%s is wanted, letter by letter", #name);                     \
	}
#include "rest/heads.def"
#undef HEAD
	if (STREQ(key, "ttl"))
		take_ttl(h, value, file, line);
	else if (STREQ(key, "resultFormat") && !format_type(value))
		wrong(h, file, line, "resultFormat: \"%.60s\" is none of txt, csv, json, html, png, svg, pdf", value);
	else if (STREQ(key, "roles"))
		check_roles(h, value, file, line);
	else if (STREQ(key, "AuthClients"))
		return take_clients(h, value, file, line);
	return OK;
}

/* "// key: value" in place; false for a comment of another kind. */
static bool cut_line(char *s, char **ret_key, char **ret_value)
{
	s += 2 + strspn(s + 2, " \t");
	char *colon = strchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : 0;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (!n || strcspn(s, " \t:") != n)
		return false;
	s[n] = 0;
	char *v = colon + 1 + strspn(colon + 1, " \t");
	for (size_t len = strlen(v); len && strchr(" \t\r", v[len - 1]); len--)
		v[len - 1] = 0;
	*ret_key = s;
	*ret_value = v;
	return true;
}

static void set_defaults(struct head *h)
{
#define HEAD(name, help)                                                                           \
	if (!h->name)                                                                              \
		h->name = "";
#include "rest/heads.def"
#undef HEAD
	if (!*h->resultFormat)
		h->resultFormat = "txt";
	if (!*h->roles)
		h->roles = "operator, admin";
}

enum err head_read(const char *file, const char *source, size_t len, struct head *ret)
{
	struct head h = { .text = mem_strndup(source, len) };
	enum err err = h.text ? OK : E_NOMEM;
	unsigned line = 0;
	char *key, *value;
	for (char *s = h.text, *end; err == OK && s && line < MAX_HEAD_LINES && strncmp(s, "//", 2) == 0; s = end) {
		end = strchr(s, '\n');
		if (end)
			*end++ = 0;
		line++;
		if (cut_line(s, &key, &value))
			err = take(&h, file, line, key, value);
	}
	if (err == OK && h.authUser && !h.authPasswd)
		wrong(&h, file, 1, "authUser without authPasswd%s", "");
	if (err != OK) {
		head_free(&h);
		return err;
	}
	set_defaults(&h);
	*ret = h;
	return OK;
}

void head_free(struct head *h)
{
	mem_free(h->text);
	mem_free(h->clients);
	*h = (struct head){ 0 };
}
