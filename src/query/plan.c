/* Request and scope to plan, plan to table.
 *
 * The scope's predicate is the first thing in a plan, before a word of the request is read; what
 * is asked is ANDed behind it.  All text of the request is read here, and every refusal names its
 * argument and, where there is one, the place: "filter: error at 20: ...". */
#include "query/level.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNTER_REACH_MIN = 10 }; /* a difference may reach so far out of the interval */

/* -- reading the request ------------------------------------------------------------------------------- */

/* What a part of the request was refused for, with the argument's name before it. */
static enum err named(struct problem *why, const char *arg, enum err err, const struct problem *p)
{
	if (err == E_NOMEM)
		return problem_set(why, err, "out of memory");
	if (p->pos)
		return problem_at(why, err, p->pos, "%s: error at %zu: %s", arg, p->pos, p->text);
	return problem_set(why, err, "%s: %s", arg, p->text);
}

static enum err find_view(struct plan *p, const char *name, struct problem *why)
{
	p->view = name ? view_find(name, strlen(name)) : NULL;
	if (p->view)
		return OK;
	char all[200] = "";
	for (size_t i = 0; i < nviews; i++) {
		size_t n = strlen(all);
		snprintf(all + n, sizeof(all) - n, "%s%s", n ? ", " : "", views[i].name);
	}
	return problem_set(why, E_SYNTAX, "view: unknown view \"%.60s\", there are %s", name ? name : "", all);
}

static enum err read_zone_and_span(struct plan *p, const struct request *rq, struct problem *why)
{
	struct problem part = { 0 };
	p->zone = p->env.zone;
	if (rq->tz || !p->zone) {
		enum err err = zone_find(rq->tz, &p->zone);
		if (err != OK)
			return problem_set(why, err == E_UNKNOWN ? E_SYNTAX : err, "tz: unknown time zone \"%.60s\"", rq->tz ? rq->tz : "");
	}
	const char *text = rq->interval && rq->interval[strspn(rq->interval, " \t")] ? rq->interval : "today";
	enum err err = interval_parse(text, p->env.now, p->zone, &p->span, &part);
	return err == OK ? OK : named(why, "interval", err, &part);
}

static usec_t nominal(const struct bucket *b)
{
	switch (b->kind) {
	case BUCKET_SECONDS: return b->length;
	case BUCKET_DAY:     return USEC_PER_DAY;
	case BUCKET_WEEK:    return 7 * USEC_PER_DAY;
	case BUCKET_MONTH:   return 30 * USEC_PER_DAY;
	}
	return 0;
}

static enum err read_buckets(struct plan *p, const struct request *rq, struct problem *why)
{
	struct problem part = { 0 };
	struct bucket b;
	p->time_lane = -1;
	if (p->kind != QUERY_TREND)
		return rq->bucket ? problem_set(why, E_SYNTAX, "bucket: only a trend has buckets") : OK;
	if (p->view->table->whose == WHOSE_SHOWN)
		return problem_set(why, E_SYNTAX, "view: %s is what is known now, it has no trend", p->view->name);
	enum err err = bucket_parse(rq->bucket, p->span, &b, &part);
	if (err != OK)
		return named(why, "bucket", err, &part);
	err = bucket_edges(&b, p->span, p->zone, &p->edge, &p->nbuckets);
	if (err == E_LIMIT)
		return problem_set(why, E_SYNTAX, "bucket: the interval has more than a million of them");
	if (err != OK)
		return problem_set(why, err, "bucket: %s", err_text(err));
	p->bucket_length = nominal(&b);
	p->time_lane = 0;
	p->lane[p->nlanes++] = (struct lane){ .kind = LANE_BUCKET, .col = (int)p->view->table->time_col, .col2 = -1 };
	return OK;
}

/* Only names of the asker's own interfaces are known to a customer. */
static bool iface_named(void *arg, const struct addr *agent, const char *name, size_t len, uint32_t *ret)
{
	const struct plan *p = arg;
	const struct iface *i = p->env.model ? model_iface_named(p->env.model, agent, name, len) : NULL;
	if (!i || !scope_names_port(p->scope, agent, i->ifindex, p->env.now))
		return false;
	*ret = i->ifindex;
	return true;
}

static const char *param_named(void *arg, const char *name, size_t len)
{
	const struct plan *p = arg;
	for (size_t i = 0; i < p->rq->nparam; i++)
		if (strlen(p->rq->param[i].name) == len && memcmp(p->rq->param[i].name, name, len) == 0)
			return p->rq->param[i].value;
	return NULL;
}

static bool field_shown(void *arg, const struct field *f)
{
	return scope_shows_field(((const struct plan *)arg)->scope, f);
}

/* A counter has a value between two readings, not in one. */
static const struct filter *counter_test(const struct filter *f)
{
	if (f->kind == FILTER_TEST)
		return field_is_value(f->field) && f->field->role != R_GAUGE ? f : NULL;
	const struct filter *found = NULL;
	for (size_t i = 0; i < f->nsub && !found; i++)
		found = counter_test(f->sub[i]);
	return found;
}

static enum err read_filter(struct plan *p, const struct request *rq, struct problem *why)
{
	bool staff = scope_is_everything(p->scope);
	const struct filter_names names = { .arg = p, .iface = iface_named, .param = param_named, .staff = staff, .shows = field_shown };
	const struct filter_limits limits = { .max_text = staff ? 0 : 64 << 10 };
	struct problem part = { 0 };
	enum err err = filter_parse(rq->where, rq->where ? strlen(rq->where) : 0, p->view, &names, &limits, p->arena,
				    &p->filter, &part);
	if (err != OK)
		return named(why, "filter", err, &part);
	const struct filter *bad = table_counts(p->view->table) ? counter_test(p->filter) : NULL;
	if (bad)
		return problem_at(why, E_SYNTAX, bad->pos, "filter: error at %zu: %s grows from reading to reading and cannot be tested",
				  bad->pos, bad->field->name);
	return OK;
}

static bool is_name(const struct field *f)
{
	return f->derived == D_TR_customer || f->derived == D_IF_customer || named_of(f->derived).what;
}

static const struct filter *name_test(const struct filter *f, enum name_of what)
{
	const struct filter *found = NULL;
	if (f->kind == FILTER_TEST)
		return is_name(f->field) && (!what || named_of(f->field->derived).what == what) ? f : NULL;
	for (size_t i = 0; i < f->nsub && !found; i++)
		found = name_test(f->sub[i], what);
	return found;
}

/* Names are looked up when one is asked for: a mapping takes its time. */
static enum err read_names(struct plan *p, struct problem *why)
{
	const struct filter *dns = name_test(p->filter, NAME_DNS);
	bool any = name_test(p->filter, NAME_NOTHING);
	if (dns)
		return problem_at(why, E_SYNTAX, dns->pos, "filter: error at %zu: %s is asked of the DNS where it is shown and cannot be tested",
				  dns->pos, dns->field->name);
	for (unsigned i = 0; i < p->nitems; i++)
		any |= is_name(p->item[i].field) || p->item[i].fn == FN_asname || p->item[i].fn == FN_country;
	return any ? naming_new(&p->env, p->scope, &p->naming) : OK;
}

static enum err read_n(struct plan *p, const struct request *rq, struct problem *why)
{
	if (rq->n < 0 || rq->n > MAX_N)
		return problem_set(why, E_SYNTAX, "n: must be 1..%d, not %lld", MAX_N, (long long)rq->n);
	p->n = rq->n ? (size_t)rq->n : p->kind == QUERY_TREND ? 0 : DEFAULT_N;
	return OK;
}

/* -- predicates -------------------------------------------------------------------------------------------- */

static struct span widened(struct span s)
{
	return (struct span){ s.start - COUNTER_REACH_MIN * USEC_PER_MIN, s.end + COUNTER_REACH_MIN * USEC_PER_MIN };
}

static struct pred *in_span(struct plan *p, struct span s)
{
	const struct urange u = { (uint64_t)MAX(s.start, (usec_t)0), (uint64_t)s.end - 1 };
	if (s.end <= s.start || s.end <= 0)
		return p->preds.no;
	return pred_uints(&p->preds, (int)p->view->table->time_col, &u, 1);
}

/* Before anything of the request that could be about data is read. */
static enum err start_with_scope(struct plan *p)
{
	struct preds *ps = &p->preds;
	const struct table *t = p->view->table;
	bool counters = table_counts(t) && p->kind != QUERY_ROWS;
	if (!preds_start(ps, p->arena))
		return E_NOMEM;
	struct span span = counters ? widened(p->span) : p->span;
	p->seen = p->where = pred_and(ps, scope_pred(p->scope, t, span, !counters, ps), in_span(p, span));
	if (STREQ(p->view->name, "traffic"))
		p->where = pred_and(ps, p->where, once_pred(p->scope, &p->env, p->span, ps, &p->unknown));
	p->theirs = p->where;
	return p->where ? OK : E_NOMEM;
}

struct pred *plan_mask(struct plan *p, enum mask m)
{
	if (!p->mask[m])
		p->mask[m] = p->view->table->id == TABLE_TRAFFIC ? scope_mask(p->scope, m, p->span, &p->preds) : p->preds.yes;
	return p->mask[m];
}

/* The part of a filter that only asks which interface it is: rows of others need not be read. */
static struct pred *interface_part(struct plan *p, struct pred *f)
{
	const struct table *t = p->view->table;
	const uint64_t cols = (uint64_t)1 << t->agent_col | (uint64_t)1 << t->place_col;
	struct pred *part = p->preds.yes;
	if (f->kind != P_AND)
		return f->cols & ~cols ? part : f;
	for (size_t i = 0; part && i < f->n; i++)
		if (!(f->sub[i]->cols & ~cols))
			part = pred_and(&p->preds, part, f->sub[i]);
	return part;
}

/* Rows of which a field has a value: field != "". */
static struct pred *has_name(struct plan *p, enum derived d)
{
	struct filter *f = arena_new0(p->arena, 1, sizeof(*f));
	struct filter_value *v = arena_new0(p->arena, 1, sizeof(*v));
	if (!f || !v)
		return NULL;
	v->text = "";
	*f = (struct filter){ .kind = FILTER_TEST, .op = FOP_NE, .value = v, .nvalue = 1 };
	for (size_t i = 0; i < p->view->nfields; i++)
		if (p->view->fields[i].derived == d)
			f->field = &p->view->fields[i];
	return pred_value(&p->preds, f, f->field, field_cols(p->view, f->field));
}

/* Rows whose first side has a value, and those whose second has another. */
static enum err sides(struct plan *p, struct pred **first, struct pred **second, struct pred **none)
{
	struct preds *ps = &p->preds;
	if (!p->by_customer) {
		struct pred *in = plan_mask(p, MASK_INPUT), *out = plan_mask(p, MASK_OUTPUT);
		struct pred *same = pred_two(ps, P_SAME, TR_inputinterface, TR_outputinterface);
		*first = in;
		*second = pred_and(ps, out, pred_not(ps, pred_and(ps, in, same)));
		*none = pred_and(ps, pred_not(ps, in), pred_not(ps, out));
	} else {
		*first = has_name(p, D_TR_sourcecustomer);
		*second = has_name(p, D_TR_customer);
		*none = pred_and(ps, pred_not(ps, *first), pred_not(ps, has_name(p, D_TR_destinationcustomer)));
	}
	return *first && *second && *none ? OK : E_NOMEM;
}

static enum err add_passes(struct plan *p)
{
	struct preds *ps = &p->preds;
	struct pred *first, *second, *none;
	p->npasses = 1;
	p->pass[0] = p->where;
	if (!p->either)
		return OK;
	if (sides(p, &first, &second, &none) != OK)
		return E_NOMEM;
	p->npasses = COUNT_OF(p->pass);
	p->pass[0] = pred_and(ps, p->where, first);
	p->pass[1] = pred_and(ps, p->where, second);
	p->pass[2] = pred_and(ps, p->where, none);
	return p->pass[0] && p->pass[1] && p->pass[2] ? OK : E_NOMEM;
}

static enum err end_with_filter(struct plan *p)
{
	struct test_env te = { .ps = &p->preds, .view = p->view, .scope = p->scope, .model = p->env.model, .naming = p->naming,
			       .plan = p };
	struct pred *f = test_pred(&te, p->filter);
	if (!f)
		return E_NOMEM;
	if (table_counts(p->view->table) && p->kind != QUERY_ROWS) {
		struct pred *part = interface_part(p, f);
		p->gather = part ? pred_and(&p->preds, p->where, part) : NULL;
		p->where = f;
		return p->gather ? OK : E_NOMEM;
	}
	enum err err = veil_plan(p, f, &p->veil);
	if (err != OK)
		return err;
	if (p->veil)
		p->seen = p->preds.yes;
	p->where = p->veil ? f : pred_and(&p->preds, p->where, f);
	return p->where ? add_passes(p) : E_NOMEM;
}

static enum err make(struct plan *p, const struct request *rq, struct problem *why)
{
	enum err err = find_view(p, rq->view, why);
	if (err == OK)
		err = read_zone_and_span(p, rq, why);
	if (err == OK && (err = start_with_scope(p)) != OK)
		return problem_set(why, err, "out of memory");
	if (err == OK)
		err = read_buckets(p, rq, why);
	if (err == OK)
		err = select_parse(p, rq->select, why);
	if (err == OK)
		err = read_filter(p, rq, why);
	if (err == OK)
		err = read_names(p, why);
	if (err == OK)
		err = select_sort(p, p->kind == QUERY_ROWS ? NULL : rq->sort, why);
	if (err == OK)
		err = read_n(p, rq, why);
	if (err == OK && (err = end_with_filter(p)) != OK)
		return problem_set(why, err, "out of memory");
	return err;
}

static enum err keep_selected(struct plan *p)
{
	struct item *item = arena_new0(p->arena, p->nitems, sizeof(*item));
	struct lane *lane = arena_new0(p->arena, p->nlanes, sizeof(*lane));
	struct measure *measure = arena_new0(p->arena, p->nmeasures, sizeof(*measure));
	if (!item || !lane || !measure)
		return E_NOMEM;
	memcpy(item, p->item, p->nitems * sizeof(*item));
	memcpy(lane, p->lane, p->nlanes * sizeof(*lane));
	memcpy(measure, p->measure, p->nmeasures * sizeof(*measure));
	p->item = item;
	p->lane = lane;
	p->measure = measure;
	return OK;
}

/* There is room for all there may be while the request is read: of thousands of plans only what there is stays. */
static enum err make_kept(struct plan *p, const struct request *rq, struct problem *why)
{
	struct item item[MAX_ITEMS + 1];
	struct lane lane[MAX_LANES];
	struct measure measure[MAX_MEASURES];
	p->item = item;
	p->lane = lane;
	p->measure = measure;
	enum err err = make(p, rq, why);
	return err == OK ? keep_selected(p) : err;
}

enum err plan_make(struct arena *a, const struct query_env *env, const struct scope *scope, const struct request *rq,
		   struct plan **ret, struct problem *why)
{
	struct plan *p = arena_new0(a, 1, sizeof(*p));
	assert(scope);
	if (!p)
		return problem_set(why, E_NOMEM, "out of memory");
	p->arena = a;
	p->env = *env;
	p->kind = rq->kind;
	p->scope = scope;
	p->rq = rq;
	enum err err = make_kept(p, rq, why);
	p->rq = NULL;
	if (err != OK) {
		if (err == E_NOMEM)
			problem_set(why, err, "out of memory");
		plan_free(p);
		return err;
	}
	*ret = p;
	return OK;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nregex; i++)
		filter_regex_done(p->regex[i]);
	p->nregex = 0;
	naming_free(p->naming);
	p->naming = NULL;
	if (p->filter)
		filter_done(p->filter);
	p->filter = NULL;
	mem_free(p->edge);
	p->edge = NULL;
}

/* -- running --------------------------------------------------------------------------------------------------- */

static int compare_spans(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	return (a->start > b->start) - (a->start < b->start);
}

/* What is missing of the interval, joined where it meets. */
enum err plan_gaps(const struct plan *p, const struct snapshot *snap, const bool *damaged, struct result *t)
{
	size_t n = 0, kept = 0;
	struct span *gap = mem_array(NULL, snap->ngap + snap->nseg + 1, sizeof(*gap));
	if (!gap)
		return E_NOMEM;
	for (size_t i = 0; i < snap->ngap; i++)
		gap[n++] = snap->gap[i].span;
	for (size_t i = 0; i < snap->nseg; i++)
		if (damaged[i])
			gap[n++] = seg_span(snap->seg[i]);
	qsort(gap, n, sizeof(*gap), compare_spans);
	for (size_t i = 0; i < n; i++) {
		const struct span s = { MAX(gap[i].start, p->span.start), MIN(gap[i].end, p->span.end) };
		if (s.start >= s.end)
			continue;
		if (kept && s.start <= gap[kept - 1].end)
			gap[kept - 1].end = MAX(gap[kept - 1].end, s.end);
		else
			gap[kept++] = s;
	}
	t->incomplete = gap;
	t->nincomplete = kept;
	return OK;
}

/* What passes, each record once: over an either-key that is not what the rows add up to. */
static enum err run_total(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged)
{
	g->all = mem_new0(1, sizeof(*g->all));
	if (!g->all)
		return E_NOMEM;
	unsigned lanes = p->kind == QUERY_TREND; /* the buckets are the first lane */
	g->total = arena_new0(p->arena, 1, sizeof(*g->total));
	if (!g->total) {
		mem_free(g->all);
		g->all = NULL;
		return E_NOMEM;
	}
	struct plan *total = g->total;
	*total = *p;
	total->nlanes = total->nkeylanes = total->nwords = lanes;
	total->nsets = total->nitems = 0;
	total->minutes = false;
	total->unknown = NULL;
	total->npasses = 1;
	total->pass[0] = p->where;
	agg_init(g->all, total, g->quota, false);
	return run_traffic(total, snap, g->all, damaged);
}

/* stored: what the rows of snap were made of. */
static enum err run_groups(const struct plan *p, const struct snapshot *snap, const struct snapshot *stored, struct quota *q,
			   bool *damaged, struct result *t)
{
	struct agg *g = mem_new0(1, sizeof(*g));
	if (!g)
		return E_NOMEM;
	bool counters = table_counts(p->view->table);
	bool *collected = NULL;
	agg_init(g, p, q, counters);
	enum err err = counters ? run_counters(p, snap, g, damaged) : run_traffic(p, snap, g, damaged);
	if (err == OK && p->share && p->either)
		err = run_total(p, snap, g, damaged);
	if (err == OK && p->parts)
		err = agg_parts(g);
	if (err == OK)
		err = zero_buckets(p, stored, g, &collected);
	if (err == OK)
		err = answer(p, g, t);
	t->scanned = g->scanned;
	if (p->unknown)
		snprintf(t->dedup, sizeof(t->dedup), "%s", once_says(g->counted, g->unknown));
	if (g->all)
		agg_free(g->all);
	mem_free(g->all);
	mem_free(collected);
	agg_free(g);
	mem_free(g);
	return err;
}

void plan_tell(const struct plan *p, struct result *t)
{
	t->span = p->span;
	t->bucket = p->bucket_length;
	t->overlapping = p->either;
	snprintf(t->zone, sizeof(t->zone), "%s", zone_name(p->zone));
}

static enum err run_over(const struct plan *p, const struct snapshot *snap, const struct snapshot *stored, struct quota *q,
			 bool *damaged, struct result *t)
{
	return p->kind == QUERY_ROWS ? run_rows(p, snap, q, damaged, t) : run_groups(p, snap, stored, q, damaged, t);
}

/* Over the copy, of which nothing can be damaged. */
static enum err run_veiled(const struct plan *p, const struct snapshot *snap, struct quota *q, bool *damaged, struct result *t)
{
	struct snapshot copy;
	enum err err = veil_snapshot(p, snap, q, damaged, &copy);
	if (err != OK)
		return err;
	bool *whole = mem_new0(copy.nseg + 1, sizeof(*whole));
	err = whole ? run_over(p, &copy, snap, q, whole, t) : E_NOMEM;
	mem_free(whole);
	snapshot_free(&copy);
	return err;
}

static enum err run(const struct plan *p, struct quota *q, struct result *t)
{
	bool counters = table_counts(p->view->table) && p->kind != QUERY_ROWS;
	struct snapshot snap = { 0 };
	struct level level;
	enum err err = answer_columns(p, t);
	if (err == OK && p->view->table->whose == WHOSE_SHOWN)
		err = known_snapshot(p, q, &snap);
	else if (err == OK)
		err = store_snapshot(p->env.store, p->view->table->id, counters ? widened(p->span) : p->span, &snap);
	if (err != OK)
		return err;
	err = level_choose(p, p->env.store, &snap, &level);
	bool *damaged = mem_new0(snap.nseg + 1, sizeof(*damaged));
	if (err != OK || !damaged)
		err = err != OK ? err : E_NOMEM;
	else
		err = p->veil ? run_veiled(p, &snap, q, damaged, t) : run_over(p, &snap, &snap, q, damaged, t);
	if (err == OK && level_failed(&level, &snap, damaged))
		err = E_CORRUPT;
	if (err == OK)
		err = plan_gaps(p, &snap, damaged, t);
	t->folded = level.folded;
	t->scanned.rollups = level.beside + level.alone;
	mem_free(damaged);
	snapshot_free(&snap);
	return err;
}

/* The first pattern that was given up on a value: what the answer lacks cannot be known. */
static const struct filter *pattern_given_up(const struct filter *f)
{
	if (!filter_gave_up(f))
		return NULL;
	for (size_t i = 0; i < f->nsub; i++)
		if (filter_gave_up(f->sub[i]))
			return pattern_given_up(f->sub[i]);
	return f;
}

static bool counts_values(const struct plan *p)
{
	bool counts = false;
	for (unsigned i = 0; i < p->nitems; i++)
		counts |= p->item[i].fn == FN_count;
	return counts && !p->sketch;
}

enum err plan_why(const struct plan *p, enum err err, size_t most, struct problem *why)
{
	if (err == E_LIMIT)
		return problem_set(why, err, "the query needs more than %zu MB: narrow the interval or select fewer keys", most >> 20);
	if (err == E_RANGE)
		return problem_set(why, E_LIMIT, "the answer has more than %llu rows: ask for fewer keys, buckets or a smaller n",
				   (unsigned long long)p->env.max_rows);
	return problem_set(why, err, "%s", err_text(err));
}

/* From the start. */
static enum err run_anew(const struct plan *p, struct quota *q, struct result *t)
{
	result_free(t);
	*t = (struct result){ .ceiling = q->max, .approximate = p->sketch };
	q->used = 0;
	plan_tell(p, t);
	return run(p, q, t);
}

enum err plan_run(struct plan *p, struct result *ret, struct problem *why)
{
	struct quota q = { .max = p->env.max_bytes ? p->env.max_bytes : DEFAULT_MAX_BYTES };
	struct result t = { 0 };
	const bool try = p->preds.patterns && !p->trying && !scope_is_everything(p->scope);
	enum err err = try ? patterns_try(p, why) : OK;
	if (err != OK)
		return err;
	err = run_anew(p, &q, &t);
	if (err == E_CORRUPT && !p->env.no_rollups) { /* a roll-up: the rows are there */
		p->env.no_rollups = true;
		err = run_anew(p, &q, &t);
	}
	if (err == E_LIMIT && counts_values(p)) { /* not all of them fit: roughly, then */
		p->sketch = true;
		err = run_anew(p, &q, &t);
	}
	const struct filter *slow = try ? NULL : pattern_given_up(p->filter); /* each row was tried */
	if (err == OK && slow) {
		result_free(&t);
		return problem_at(why, E_LIMIT, slow->pos, "filter: the pattern at %zu takes too long on some values", slow->pos);
	}
	if (err == OK) {
		*ret = t;
		return OK;
	}
	result_free(&t);
	return plan_why(p, err, q.max, why);
}
