/* YAML 1.1 through libyaml's events.  Anchors and aliases are refused (a few of them can stand for
 * more than any memory holds), and so are tags, second documents and names that come twice. */
#include "model/doc.h"

#include <yaml.h>

struct yaml {
	struct builder *b;
	struct arena *a;
	yaml_parser_t parser;
	unsigned depth;
	size_t values;
};

static struct place place_of(const yaml_mark_t *m)
{
	return (struct place){ (unsigned)m->line + 1, (unsigned)m->column + 1 };
}

static bool next(struct yaml *y, yaml_event_t *ev)
{
	if (yaml_parser_parse(&y->parser, ev))
		return true;
	const yaml_mark_t *m = &y->parser.problem_mark;
	if (y->parser.error == YAML_MEMORY_ERROR)
		builder_fail(y->b, E_NOMEM);
	else if (y->parser.error == YAML_READER_ERROR)
		builder_error(y->b, (struct place){ 1, 1 }, "%s, at byte %zu", y->parser.problem, y->parser.problem_offset + 1);
	else
		builder_error(y->b, place_of(m), "%s", y->parser.problem ? y->parser.problem : "this is no YAML");
	return false;
}

static bool wrong(struct yaml *y, const yaml_event_t *ev, const char *what)
{
	builder_error(y->b, place_of(&ev->start_mark), "%s", what);
	return false;
}

static const char *keep(struct yaml *y, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	if (strlen(s) != len) {
		wrong(y, ev, "a zero character in a text");
		return NULL;
	}
	const char *copy = arena_strndup(y->a, s, len);
	if (!copy)
		builder_fail(y->b, E_NOMEM);
	return copy;
}

static bool value(struct yaml *y, const yaml_event_t *ev, struct doc **ret);

static bool key(struct yaml *y, const struct doc *map, const yaml_event_t *ev, const char **ret, struct place *ret_at)
{
	*ret_at = place_of(&ev->start_mark);
	if (ev->type != YAML_SCALAR_EVENT)
		return wrong(y, ev, "a name is wanted here");
	if (!(*ret = keep(y, ev)))
		return false;
	return !doc_get(map, *ret) || wrong(y, ev, "this name is here already");
}

static bool members(struct yaml *y, struct doc *d)
{
	struct doc **last = &d->first;
	yaml_event_type_t end = d->kind == DOC_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	for (size_t n = 0;; n++) {
		yaml_event_t ev;
		const char *name = "";
		struct place at = { 0 };
		if (!next(y, &ev))
			return false;
		bool done = ev.type == end, ok = true;
		if (!done && d->kind == DOC_MAP) {
			ok = n < 1000 ? key(y, d, &ev, &name, &at) : wrong(y, &ev, "more than 1000 names in one map");
			yaml_event_delete(&ev);
			if (!ok || !next(y, &ev))
				return false;
		}
		ok = done || value(y, &ev, last);
		yaml_event_delete(&ev);
		if (done || !ok)
			return ok;
		(*last)->key = name;
		(*last)->key_len = strlen(name);
		(*last)->key_at = at;
		last = &(*last)->next;
	}
}

static bool is_nothing(const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	return ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (!*s || STREQ(s, "~") || STREQ(s, "null"));
}

static bool value(struct yaml *y, const yaml_event_t *ev, struct doc **ret)
{
	struct doc *d = arena_new0(y->a, 1, sizeof(*d));
	if (!d || y->values++ == MAX_ELEMENTS) {
		builder_fail(y->b, d ? E_LIMIT : E_NOMEM);
		return false;
	}
	d->at = place_of(&ev->start_mark);
	d->key = "";
	*ret = d;
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		if (ev->data.scalar.anchor)
			return wrong(y, ev, "anchors are not taken");
		d->kind = is_nothing(ev) ? DOC_NONE : DOC_TEXT;
		d->text = keep(y, ev);
		d->len = ev->data.scalar.length;
		return d->text;
	case YAML_SEQUENCE_START_EVENT: case YAML_MAPPING_START_EVENT:
		if (ev->type == YAML_MAPPING_START_EVENT ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor)
			return wrong(y, ev, "anchors are not taken");
		if (y->depth == DOC_DEPTH)
			return wrong(y, ev, "nested too deep");
		d->kind = ev->type == YAML_MAPPING_START_EVENT ? DOC_MAP : DOC_LIST;
		y->depth++;
		bool ok = members(y, d);
		y->depth--;
		return ok;
	default:
		return wrong(y, ev, ev->type == YAML_ALIAS_EVENT ? "aliases are not taken" : "a value is wanted here");
	}
}

/* Stream start, document start, one value, document end, stream end. */
static bool document(struct yaml *y, struct doc **ret)
{
	static const yaml_event_type_t frame[] = { YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_NO_EVENT,
						   YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT };
	for (size_t i = 0; i < COUNT_OF(frame); i++) {
		yaml_event_t ev;
		if (!next(y, &ev))
			return false;
		bool ok = frame[i] == YAML_NO_EVENT ? value(y, &ev, ret) : ev.type == frame[i];
		if (!ok && frame[i] != YAML_NO_EVENT)
			wrong(y, &ev, i == 1 ? "there is nothing in it" : "a second document follows");
		yaml_event_delete(&ev);
		if (!ok)
			return false;
	}
	return true;
}

struct doc *doc_yaml(struct builder *b, struct arena *a, const void *text, size_t len)
{
	struct yaml y = { .b = b, .a = a };
	struct doc *d = NULL;
	if (!yaml_parser_initialize(&y.parser)) {
		builder_fail(b, E_NOMEM);
		return NULL;
	}
	yaml_parser_set_input_string(&y.parser, text, len);
	bool ok = document(&y, &d);
	yaml_parser_delete(&y.parser);
	return ok ? d : NULL;
}
