/* Report: headings, paragraphs, tables and charts, one below the other, as one HTML page that needs
 * nothing beside itself: style inside, charts as SVG in data URLs; or as PDF.
 *
 *	var r = Report.current();  r.heading("Ports"); r.table(t); r.chart(c);
 *
 * The current report is the script's output: what was added and not written is printed at its end. */
#include "script/bind.h"

#include "base/mem.h"

#include <sodium.h>

struct report {
	char *title;
	struct buf body, doc; /* as HTML, and for report_draw */
	size_t parts;
	bool given_out; /* written or asked for since the last part */
};

enum { MAX_REPORT = 256 << 20, MAX_DOC = 60 << 20 /* a message of 64 MB carries it */ };

static struct report *self_report(struct call *c)
{
	return c->data;
}

static void report_free(void *data)
{
	struct report *r = data;
	mem_free(r->title);
	buf_free(&r->body);
	buf_free(&r->doc);
	mem_free(r);
}

static const struct val *make(struct engine *e, char *title)
{
	struct report *r = mem_new0(1, sizeof(*r));
	if (!r) {
		mem_free(title);
		return throw_err(e, E_NOMEM, "Report");
	}
	*r = (struct report){ .title = title, .body.ceiling = MAX_REPORT, .doc.ceiling = MAX_DOC };
	const struct val *v = object_new(e, &report_class, r);
	if (!v)
		report_free(r);
	return v;
}

static const struct val *construct(struct call *c)
{
	char *title = NULL;
	return arg_text_or_null(c, 0, "title", &title) ? make(c->e, title) : NULL;
}

static const struct val *current(struct call *c)
{
	struct worker *w = worker_self();
	if (!w->report && (w->report = make(c->e, NULL)))
		val_keep(c->e, w->report);
	return w->report;
}

/* -- parts ------------------------------------------------------------------------------------------ */

/* Every part ends here: what it was added to, or an exception. */
static const struct val *added(struct call *c)
{
	struct report *r = self_report(c);
	r->parts++;
	r->given_out = false;
	if (r->body.bad)
		return throw_err(c->e, r->body.bad, "Report");
	engine_extra_memory(c->e, r->body.len + r->doc.len);
	return c->self;
}

static const struct val *element(struct call *c, const char *name, enum report_part part)
{
	char *text;
	if (!arg_text(c, 0, "text", "a text", &text))
		return NULL;
	struct buf *b = &self_report(c)->body;
	buf_printf(b, "<%s>", name);
	result_html_text(text, b);
	buf_printf(b, "</%s>\n", name);
	report_put_text(&self_report(c)->doc, part, text);
	mem_free(text);
	return added(c);
}

static const struct val *heading(struct call *c)
{
	static const char *const names[] = { "h2", "h3", "h4" }; /* the title is the first */
	double level;
	if (!arg_number_or(c, 1, "level", 1, &level))
		return NULL;
	if (level != 1 && level != 2 && level != 3)
		return throw_range(c->e, "Report.heading: level: 1, 2 or 3");
	return element(c, names[(size_t)level - 1], (enum report_part)(REPORT_H1 + (int)level - 1));
}

static const struct val *paragraph(struct call *c)
{
	return element(c, "p", REPORT_TEXT);
}

static const struct val *table(struct call *c)
{
	const struct result *t = arg_table(c, 0, "table");
	if (!t)
		return NULL;
	struct buf *b = &self_report(c)->body;
	buf_text(b, "<div class=\"table\">");
	result_html(t, true, b);
	buf_text(b, "</div>\n");
	report_put_table(&self_report(c)->doc, t);
	return added(c);
}

/* A Chart is drawn as it is now; a Picture (PNG or SVG) is taken as it is. */
static const struct picture *picture_arg(struct call *c)
{
	const struct val *v = arg(c, 0);
	if (val_kind(c->e, v) == VAL_OBJECT && object_data(c->e, v, &chart_class)) {
		const struct val *svg = val_get(c->e, v, "svg");
		v = svg ? val_call(c->e, svg, v, NULL, 0) : NULL;
	}
	const struct picture *p = v ? picture_of(c->e, v) : NULL;
	if (v && (!p || p->format >= CHART_PDF)) {
		throw_type(c->e, "Report.chart: chart: a Chart, or a Picture of one in PNG or SVG, is wanted");
		return NULL;
	}
	return p;
}

static bool put_data_url(struct buf *b, const char *type, const void *data, size_t len)
{
	size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	buf_printf(b, "<img alt=\"chart\" src=\"data:%s;base64,", type);
	char *at = (char *)buf_room(b, room);
	if (!at)
		return false;
	sodium_bin2base64(at, room, data, len, sodium_base64_VARIANT_ORIGINAL);
	b->len--; /* the zero that ends it */
	buf_text(b, "\">");
	return !b->bad;
}

static const struct val *chart(struct call *c)
{
	struct message m;
	const struct picture *p = picture_arg(c);
	if (!p || !picture_bytes(c->e, p, &m))
		return NULL;
	struct buf *b = &self_report(c)->body;
	buf_text(b, "<p class=\"chart\">");
	(void)put_data_url(b, p->format == CHART_SVG ? "image/svg+xml" : "image/png", m.body.pos, cur_left(&m.body));
	buf_text(b, "</p>\n");
	report_put_chart(&self_report(c)->doc, p->doc.data, p->doc.len);
	return added(c);
}

static const struct val *page_break(struct call *c)
{
	buf_text(&self_report(c)->body, "<div class=\"break\"></div>\n");
	report_put_break(&self_report(c)->doc);
	return added(c);
}

/* -- the page ------------------------------------------------------------------------------------------ */

static const char style[] =
	":root{color-scheme:light dark;--line:#d0d5dc;--soft:#5b6572}"
	"@media(prefers-color-scheme:dark){:root{--line:#3a424d;--soft:#9aa5b1}}"
	"body{font:15px/1.5 system-ui,'DejaVu Sans',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1.05rem;margin:1.5rem 0 .5rem}"
	"h4{font-size:1rem;color:var(--soft);margin:1rem 0 .5rem}.table{overflow-x:auto;margin:.75rem 0}"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
	"th,td{border-bottom:1px solid var(--line);padding:.3rem .75rem .3rem 0;text-align:left;white-space:nowrap}"
	"th.n,td.n{text-align:right}th{font-weight:600}.chart{margin:.75rem 0}.chart img{max-width:100%;background:#fff}"
	"@media print{body{margin:0;max-width:none}.break{break-after:page}h2,h3,h4{break-after:avoid}tr,.chart{break-inside:avoid}}";

static void page(struct report *r, struct buf *out)
{
	const char *title = r->title ? r->title : "Report";
	r->given_out = true;
	buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
	result_html_text(title, out);
	buf_printf(out, "</title><style>%s</style></head><body>\n", style);
	if (r->title) {
		buf_text(out, "<h1>");
		result_html_text(title, out);
		buf_text(out, "</h1>\n");
	}
	buf_add(out, r->body.data, r->body.len);
	buf_text(out, r->parts ? "</body></html>\n" : "<p>Nothing to report.</p>\n</body></html>\n");
}

static const struct val *html(struct call *c)
{
	struct buf out = { .ceiling = MAX_REPORT };
	page(self_report(c), &out);
	return val_buf(c->e, &out);
}

/* A Picture like a chart's: drawn in a process of its own when its bytes are wanted. */
static const struct val *pdf(struct call *c)
{
	struct report *r = self_report(c);
	struct buf doc = { .ceiling = MAX_DOC };
	report_begin(&doc);
	if (r->title)
		report_put_text(&doc, REPORT_TITLE, r->title);
	buf_add(&doc, r->doc.data, r->doc.len);
	if (!r->parts)
		report_put_text(&doc, REPORT_TEXT, "Nothing to report.");
	r->given_out = true;
	if (r->doc.bad || doc.bad) {
		enum err e = doc.bad ? doc.bad : r->doc.bad;
		buf_free(&doc);
		return throw_err(c->e, e, "Report.pdf");
	}
	return picture_new(c->e, CHART_REPORT, &doc);
}

static bool print_page(struct call *c, struct report *r)
{
	struct buf out = { .ceiling = MAX_REPORT };
	page(r, &out);
	bool ok = !out.bad && output(worker_self(), out.data, out.len);
	if (out.bad)
		throw_err(c->e, out.bad, "Report");
	buf_free(&out);
	return ok;
}

static const struct val *print_html(struct call *c)
{
	return print_page(c, self_report(c)) ? c->self : NULL;
}

bool report_finish(struct worker *w)
{
	struct report *r = w->report ? object_data(w->e, w->report, &report_class) : NULL;
	struct call c = { .e = w->e };
	return !r || !r->parts || r->given_out || print_page(&c, r);
}

static const struct val *get_title(struct call *c)
{
	return val_text(c->e, self_report(c)->title);
}

static const struct val *set_title(struct call *c)
{
	char *s = NULL;
	if (given(c->e, c->arg[0]) && !(s = text_of(c->e, "Report.title", c->arg[0])))
		return NULL;
	mem_free(self_report(c)->title);
	self_report(c)->title = s;
	return val_undefined(c->e);
}

static const struct host_fn statics[] = {
	{ "current", current, "", "the report of this run: what is added and not written is printed at the script's end" },
	{ 0 },
};

static const struct host_fn methods[] = {
	{ "heading", heading, "text[, level = 1]", "a heading; level 1, 2 or 3" },
	{ "paragraph", paragraph, "text", "a paragraph" },
	{ "table", table, "table", "a Table, as it is now" },
	{ "chart", chart, "chart", "a Chart or a Picture, drawn now" },
	{ "pageBreak", page_break, "", "a new page, when it is printed on paper" },
	{ "html", html, "", "the report as one HTML page: for writefile, mail" },
	{ "pdf", pdf, "", "the report as PDF, A4 pages: a Picture for writefile, mail, print" },
	{ "printHTML", print_html, "", "print that page" },
	{ "toString", html, "", "what html gives" },
	{ 0 },
};

static const struct host_prop props[] = {
	{ "title", get_title, set_title, "title of the page" },
	{ 0 },
};

const struct host_class report_class = {
	.name = "Report",
	.construct = construct,
	.methods = methods,
	.statics = statics,
	.props = props,
	.finalize = report_free,
	.help = "headings, paragraphs, tables and charts as one HTML page, or as PDF: new Report([title])",
};
