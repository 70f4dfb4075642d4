/* Pictures: charts and reports on their way to bytes.  A picture is a document that a drawing process turns into
 * PNG, SVG or PDF when somebody needs it. */
#include "script/bind.h"

#include "base/mem.h"

static void picture_free(void *data)
{
	struct picture *p = data;
	buf_free(&p->doc);
	mem_free(p);
}

const struct val *picture_new(struct engine *e, enum chart_format format, struct buf *doc)
{
	struct picture *p = mem_new0(1, sizeof(*p));
	if (!p) {
		buf_free(doc);
		return throw_err(e, E_NOMEM, "Picture");
	}
	*p = (struct picture){ .format = format, .doc = *doc };
	const struct val *v = object_new(e, &picture_class, p);
	if (!v)
		picture_free(p);
	else
		engine_extra_memory(e, p->doc.len);
	return v;
}

struct picture *picture_of(struct engine *e, const struct val *v)
{
	return object_data(e, v, &picture_class);
}

/* writefile(path, picture) */
bool picture_write(struct worker *w, const char *path, const struct picture *p)
{
	struct message m;
	frame_begin(&w->frame, MSG_WRITE_CHART);
	put_string(&w->frame, path);
	buf_u8(&w->frame, (uint8_t)p->format);
	put_text(&w->frame, (const char *)p->doc.data, p->doc.len);
	return worker_ask(w, MSG_DONE, &m);
}

bool picture_bytes(struct engine *e _unused_, const struct picture *p, struct message *ret)
{
	struct worker *w = worker_self();
	frame_begin(&w->frame, MSG_DRAW);
	buf_u8(&w->frame, (uint8_t)p->format);
	put_text(&w->frame, (const char *)p->doc.data, p->doc.len);
	return worker_ask(w, MSG_BYTES, ret);
}

static const struct val *bytes(struct call *c)
{
	struct message m;
	return picture_bytes(c->e, c->data, &m) ? val_bytes(c->e, m.body.pos, cur_left(&m.body)) : NULL;
}

static const struct val *picture_text(struct call *c)
{
	struct message m;
	const struct picture *p = c->data;
	if (p->format != CHART_SVG)
		return val_text(c->e, "[object Picture]");
	return picture_bytes(c->e, p, &m) ? val_foreign_text(c->e, m.body.pos, cur_left(&m.body)) : NULL;
}

static const struct val *get_length(struct call *c)
{
	struct message m;
	return picture_bytes(c->e, c->data, &m) ? val_number(c->e, (double)cur_left(&m.body)) : NULL;
}

static const struct host_fn picture_methods[] = {
	{ "bytes", bytes, "", "the picture, as a Uint8Array; waits until it is drawn" },
	{ "toString", picture_text, "", "of an SVG: its text" },
	{ 0 },
};

static const struct host_prop picture_props[] = {
	{ "length", get_length, NULL, "number of bytes; waits until it is drawn" },
	{ 0 },
};

const struct host_class picture_class = {
	.name = "Picture",
	.methods = picture_methods,
	.props = picture_props,
	.finalize = picture_free,
	.help = "a chart on its way to bytes: give it to writefile or print, or ask for bytes()",
};
