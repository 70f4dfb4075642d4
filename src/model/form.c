/* Which form is it? */
#include "model/form.h"

#include <strings.h>

enum form { FORM_XML, FORM_CSV, FORM_JSON, FORM_YAML, FORMS };

static const struct {
	const char *ending;
	enum form form;
} endings[] = {
	{ ".xml", FORM_XML }, { ".csv", FORM_CSV }, { ".json", FORM_JSON }, { ".yaml", FORM_YAML }, { ".yml", FORM_YAML },
};

/* By the name; of a URL by what stands before its query. */
static enum form by_name(const char *name)
{
	size_t len = strcspn(name, "?#");
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		size_t n = strlen(endings[i].ending);
		if (len > n && strncasecmp(name + len - n, endings[i].ending, n) == 0)
			return endings[i].form;
	}
	return FORMS;
}

/* By the first line that says something: "<", "{", "[", a name and a colon, columns and commas. */
static enum form by_text(const char *s, size_t len)
{
	size_t i = 0;
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	for (; i < len && (strchr(" \t\r\n", s[i]) || s[i] == '#'); i++)
		if (s[i] == '#')
			while (i + 1 < len && s[i + 1] != '\n')
				i++;
	if (i == len || !s[i] || s[i] == '<')
		return FORM_XML;
	if (s[i] == '{' || s[i] == '[')
		return FORM_JSON;
	for (; i < len && s[i] != '\n'; i++) {
		if (s[i] == ',' || s[i] == ';')
			return FORM_CSV;
		if (s[i] == ':' || s[i] == '-')
			return FORM_YAML;
	}
	return FORM_XML;
}

static void doc_read(struct builder *b, bool json, const void *text, size_t len)
{
	struct arena a = { 0 };
	const struct doc *d = json ? doc_json(b, &a, text, len) : doc_yaml(b, &a, text, len);
	if (d && ixf_looks(d))
		ixf_read(b, d);
	else if (d && netbox_looks(d))
		netbox_read(b, d);
	else if (d)
		own_read(b, d);
	arena_free(&a);
}

void form_read(struct builder *b, const char *name, const void *text, size_t len)
{
	enum form named = by_name(name), form = named == FORMS ? by_text(text, len) : named;
	switch (form) {
	case FORM_CSV:
		csv_read(b, text, len);
		break;
	case FORM_JSON: case FORM_YAML:
		doc_read(b, form == FORM_JSON, text, len);
		break;
	case FORM_XML: case FORMS:
		xml_read(b, text, len);
		break;
	}
}
