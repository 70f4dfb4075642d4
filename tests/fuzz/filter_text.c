/* Any bytes as a filter.  What is refused is refused with a place inside the text; what is accepted
 * prints as text that is accepted, prints the same, and passes the same record. */
#include "filter/filter.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "filter_text: %s\n", what);
		abort();
	}
}

static bool find_iface(void *arg _unused_, const struct addr *agent, const char *name, size_t len,
		       uint32_t *ret)
{
	*ret = (uint32_t)len + agent->b[15];
	return len < 8 && name[0] != '?';
}

static const char *find_param(void *arg _unused_, const char *name, size_t len)
{
	return len == 1 ? (name[0] == 'p' ? "192.0.2.1" : "a\"b\\c|d)") : NULL;
}

/* One value for most fields, two for some, none for a few. */
static size_t record_get(void *arg _unused_, const struct field *f, struct value ret[static 2])
{
	size_t n = strlen(f->name) % 4;
	for (size_t i = 0; i < MIN(n, (size_t)2); i++)
		ret[i] = (struct value){ .type = f->type,
					 .num = 6 + i,
					 .real = 6,
					 .proto = 6,
					 .text = "192.0.2.1",
					 .text_len = 9,
					 .addr = addr_v4(0xc0000201 + (uint32_t)i) };
	return MIN(n, (size_t)2);
}

static void check_refusal(const char *text, size_t len, const struct problem *why)
{
	size_t chars = 0;
	for (size_t i = 0; i < len; i++)
		chars += ((uint8_t)text[i] & 0xc0) != 0x80;
	require(why->pos <= chars + 1, "a place outside the text");
	require(why->text[0] && !strchr(why->text, '\n'), "a refusal of one line");
	for (size_t i = 0, k; why->text[i]; i += k)
		require((k = utf8_char(why->text + i, strlen(why->text + i))) > 0, "a refusal in UTF-8");
}

static void check(const char *text, size_t len, const struct view *view,
		  const struct filter_names *names)
{
	struct arena a = { 0 };
	struct buf printed = { 0 }, again = { 0 };
	struct problem why = { .pos = SIZE_MAX };
	const struct filter *f, *g;
	enum err e = filter_parse(text, len, view, names, NULL, &a, &f, &why);
	if (e != OK) {
		require(e == E_SYNTAX || e == E_LIMIT, "an error that is the asker's");
		check_refusal(text, len, &why);
	} else {
		filter_print(f, &printed);
		/* Parameters and ifNames have become values: nobody needs to be asked again. */
		const struct filter_names nobody = { .staff = names->staff };
		e = filter_parse(buf_str(&printed), printed.len, view, &nobody, NULL, &a, &g, &why);
		require(e == OK, "what is printed parses");
		filter_print(g, &again);
		require(printed.len == again.len &&
				memcmp(buf_str(&printed), buf_str(&again), again.len) == 0,
			"what is printed prints the same");
		require(filter_match(f, record_get, NULL) == filter_match(g, record_get, NULL),
			"both pass the same record");
		filter_done(f);
		filter_done(g);
	}
	buf_free(&printed);
	buf_free(&again);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct filter_names staff = { NULL, find_iface, find_param, true, NULL };
	const struct filter_names customer = { NULL, find_iface, find_param, false, NULL };
	check((const char *)data, size, view_find("traffic", 7), &staff);
	check((const char *)data, size, view_find("ifcounters", 10), &customer);
	return 0;
}
