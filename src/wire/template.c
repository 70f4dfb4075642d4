/* Templates -> programs, and running them.
 *
 * template_new() decides everything that can be decided: which of several elements feeds a
 * place, whether a length suits a type, which runs of fields nobody wants.  template_run()
 * only reads and stores. */
#include "wire/template.h"

#include "base/mem.h"

enum {
	PEN_REVERSE = 29305, /* RFC 5103 6.1 */
	PEN_SCOPE9 = -1,     /* ours: v9's scope field types, RFC 3954 6.1 */
};

struct element {
	uint32_t pen;
	uint16_t id, at;
	uint8_t how, rank, width;
};

static const struct element elements[] = {
#define REVERSE PEN_REVERSE
#define SCOPE9 PEN_SCOPE9
#define FIELD(name) offsetof(struct record, row.name), sizeof(((struct record *)0)->row.name)
#define ASIDE(name) offsetof(struct record, x.name), sizeof(((struct record *)0)->x.name)
#define ELEMENT(pen_, id_, where, how_, rank_) ELEMENT_(pen_, id_, where, how_, rank_)
#define ELEMENT_(pen_, id_, at_, width_, how_, rank_)                                              \
	{ .pen = (uint32_t)(pen_), .id = id_, .at = at_, .width = width_, .how = HOW_##how_, .rank = rank_ },
#include "wire/elements.def"
#undef ELEMENT_
#undef ELEMENT
#undef ASIDE
#undef FIELD
#undef SCOPE9
#undef REVERSE
};

#define AT_ROW(name)   offsetof(struct record, row.name)
#define AT_ASIDE(name) offsetof(struct record, x.name)

/* ---- choosing ------------------------------------------------------------------------- */

static bool length_suits(enum how how, size_t len)
{
	switch (how) {
	case HOW_ADDR4:
	case HOW_NEXT4:
		return len == 4;
	case HOW_ADDR6:
	case HOW_NEXT6:
		return len == 16;
	case HOW_MAC:
		return len == 6;
	case HOW_LABEL:
		return len == 3;
	case HOW_TIME_NTP:
		return len == 8;
	case HOW_INVERSE:
		return len == 4 || len == 8;
	case HOW_SKIP:
	case HOW_BYTES:
	case HOW_BASIC:
	case HOW_LIST:
	case HOW_MULTI:
		return true;
	default:
		return len <= 8;
	}
}

static const struct element *element_of(const struct field_spec *f)
{
	for (size_t i = 0; i < COUNT_OF(elements); i++) {
		const struct element *e = &elements[i];
		if (e->id == f->id && e->pen == f->pen)
			return f->len == LEN_VARIABLE || length_suits(e->how, f->len) ? e : NULL;
	}
	return NULL;
}

/* For each place of struct record: the best rank that feeds it, and how many fields have it. */
struct ranking {
	uint8_t best[sizeof(struct record)];
	uint16_t same[sizeof(struct record)];
};

static void rank_all(const struct element *const *found, size_t n, struct ranking *ret)
{
	*ret = (struct ranking){ 0 };
	for (size_t i = 0; i < n; i++) {
		const struct element *e = found[i];
		if (!e || (ret->same[e->at] && e->rank > ret->best[e->at]))
			continue;
		ret->same[e->at] = ret->same[e->at] && e->rank == ret->best[e->at] ? ret->same[e->at] + 1u : 1u;
		ret->best[e->at] = e->rank;
	}
}

/* A reverse counter without the forward counter it belongs to is left out. */
static void pair_reverse(struct ranking *r, size_t forward, size_t reverse)
{
	if (r->best[reverse] != r->best[forward])
		r->same[reverse] = 0;
}

static enum how usual_how(enum how how, bool unusual, size_t from, size_t to)
{
	if (how == HOW_TIME_MS && !unusual && from == 8)
		return HOW_TIME_MS_8;
	if (how != HOW_UINT || unusual)
		return how;
	if (from == to)
		return from == 1   ? HOW_UINT_1_1
		       : from == 2 ? HOW_UINT_2_2
		       : from == 4 ? HOW_UINT_4_4
		       : from == 8 ? HOW_UINT_8_8
				   : HOW_UINT;
	return from == 4 && to == 8 ? HOW_UINT_4_8 : HOW_UINT;
}

static struct step step_of(const struct field_spec *f, const struct element *e, const struct ranking *r)
{
	bool variable = f->len == LEN_VARIABLE;
	struct step s = { .variable = variable, .len = variable ? 0 : f->len };
	if (!e || !r->same[e->at] || e->rank != r->best[e->at])
		return s;
	s.at = e->at;
	s.width = e->width;
	s.keep_nonzero = r->same[e->at] > 1 || e->how == HOW_NEXT4 || e->how == HOW_NEXT6;
	s.how = (uint8_t)usual_how(e->how, variable || s.keep_nonzero, f->len, e->width);
	return s;
}

static void learn_facts(struct template *t, const struct ranking *r)
{
	t->section = r->same[AT_ASIDE(frame)] || r->same[AT_ASIDE(packet)];
	t->delta_bytes = r->same[AT_ROW(bytes)] && r->best[AT_ROW(bytes)] == 1;
	t->delta_frames = r->same[AT_ROW(frames)] && r->best[AT_ROW(frames)] == 1;
	t->counters = t->section || r->same[AT_ROW(bytes)] || r->same[AT_ROW(frames)];
	t->sampler = r->same[AT_ASIDE(sampler)];
	t->sequence = r->same[AT_ASIDE(sequence)];
	t->lists = r->same[AT_ASIDE(lists)];
	t->nat = r->same[AT_ROW(natevent)];
	for (size_t at = AT_ASIDE(user); at < AT_ASIDE(list); at++)
		t->texts |= r->same[at] > 0;
	t->more = t->lists || t->texts || r->same[AT_ASIDE(name)] || r->same[AT_ASIDE(description)];
	for (size_t at = AT_ROW(usersource); at < sizeof(struct flow_rec); at++)
		t->rare |= r->same[at] > 0;
	t->rare |= t->lists || t->texts || t->section;
	t->plain = !t->variable && !t->options && !t->more && !t->rare && !t->section && !r->same[AT_ASIDE(reverse_bytes)] &&
		   !r->same[AT_ASIDE(reverse_frames)];
	t->rate = r->same[AT_ASIDE(interval)] || r->same[AT_ASIDE(packet_interval)] ||
		  r->same[AT_ASIDE(population)] || r->same[AT_ASIDE(one_in)];
}

enum err template_new(uint16_t id, bool options, const struct field_spec *fields, size_t n,
		      struct cur raw, struct template **ret)
{
	const struct element *found[MAX_TEMPLATE_FIELDS];
	struct ranking ranking;
	size_t raw_len = cur_left(&raw);
	size_t bytes = sizeof(struct template) + n * sizeof(struct step) + raw_len;
	struct template *t = mem_new0(1, bytes);
	if (!t)
		return E_NOMEM;
	*t = (struct template){ .id = id, .options = options, .raw_len = raw_len, .bytes = bytes };
	struct step *steps = (struct step *)(t + 1);
	t->steps = steps;
	t->raw = (uint8_t *)(steps + n);
	memcpy(t->raw, raw.pos, raw_len);

	for (size_t i = 0; i < n; i++)
		found[i] = element_of(&fields[i]);
	rank_all(found, n, &ranking);
	pair_reverse(&ranking, AT_ROW(bytes), AT_ASIDE(reverse_bytes));
	pair_reverse(&ranking, AT_ROW(frames), AT_ASIDE(reverse_frames));
	for (size_t i = 0; i < n; i++)
		t->variable |= fields[i].len == LEN_VARIABLE;
	learn_facts(t, &ranking);
	for (size_t i = 0; i < n; i++) {
		struct step s = step_of(&fields[i], found[i], &ranking);
		struct step *last = t->nsteps ? &steps[t->nsteps - 1] : NULL;
		s.from = (uint32_t)t->min_len;
		t->plain &= !s.keep_nonzero || s.at == AT_ROW(nexthop);
		t->min_len += s.variable ? 1 : s.len;
		if (s.how == HOW_SKIP && !t->variable)
			continue;
		if (last && s.how == HOW_SKIP && last->how == HOW_SKIP && !s.variable && !last->variable && last->len + s.len <= UINT16_MAX)
			last->len = (uint16_t)(last->len + s.len);
		else
			steps[t->nsteps++] = s;
	}
	*ret = t;
	return OK;
}

void template_free(struct template *t)
{
	mem_free(t);
}

bool template_value(const struct field_spec *f, const uint8_t *p, size_t len, struct record *rec)
{
	const struct element *e = element_of(f);
	if (!e || e->how == HOW_SKIP || !length_suits(e->how, len))
		return false;
	struct step step = { .how = e->how, .width = e->width, .at = e->at, .keep_nonzero = true, .len = (uint16_t)len };
	struct template one = { .steps = &step, .nsteps = 1, .min_len = len };
	struct cur c = cur_of(p, len);
	return template_run(&one, &c, rec);
}

/* ---- running -------------------------------------------------------------------------- */

/* A value too large for its place becomes the largest the place can hold. */
static void store_uint(void *at, size_t width, uint64_t v)
{
	switch (width) {
	case 1:
		*(uint8_t *)at = (uint8_t)MIN(v, (uint64_t)UINT8_MAX);
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)MIN(v, (uint64_t)UINT16_MAX);
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)MIN(v, (uint64_t)UINT32_MAX);
		break;
	default:
		*(uint64_t *)at = v;
	}
}

static usec_t ntp_time(const uint8_t *p)
{
	const usec_t from_1900 = 2208988800;
	usec_t s = load_be32(p);
	/* Before 1970 there were no exports: such seconds are of the era that began in 2036. */
	usec_t unix_s = s - from_1900 + (s < from_1900 ? (usec_t)1 << 32 : 0);
	return unix_s * USEC_PER_SEC + (usec_t)((uint64_t)load_be32(p + 4) * 1000000 >> 32);
}

/* An absolute time from the wire; one that no clock can mean counts as not told. */
static usec_t scaled_time(uint64_t v, usec_t unit)
{
	return v > (uint64_t)(TIME_MOST / unit) ? 0 : (usec_t)v * unit;
}

static inline void store_ms(uint64_t v, usec_t *at)
{
	*at = scaled_time(v, 1000);
}

static uint32_t inverse_of(const uint8_t *p, size_t len)
{
	double d;
	if (len == 4) {
		uint32_t bits = load_be32(p);
		float f;
		memcpy(&f, &bits, 4);
		d = (double)f;
	} else {
		uint64_t bits = load_be64(p);
		memcpy(&d, &bits, 8);
	}
	return d > 1e-9 && d <= 1.0 ? (uint32_t)(1.0 / d + 0.5) : 0;
}

/* at: aside.lists, which counts them. */
static void add_list(void *at, struct cur body, enum list_kind kind)
{
	struct aside *x = (struct aside *)(void *)((uint8_t *)at - offsetof(struct aside, lists));
	if (x->lists < MAX_LISTS)
		x->list[x->lists++] = (struct list){ .body = body, .kind = kind };
}

/* The rarer ways of reading; those that hot records use stand in template_run(). */
static void store_rare(const struct step *s, const uint8_t *p, size_t len, void *at)
{
	uint64_t v = len <= 8 ? load_be(p, len) : 0;
	switch ((enum how)s->how) {
	case HOW_TIME_S:
		*(usec_t *)at = scaled_time(v, USEC_PER_SEC);
		break;
	case HOW_TIME_MS:
		store_ms(v, at);
		break;
	case HOW_TIME_NTP:
		*(usec_t *)at = v ? ntp_time(p) : 0;
		break;
	case HOW_DSCP:
		store_uint(at, s->width, (v & 63) << 2);
		break;
	case HOW_HIGH_BYTE:
		*(uint16_t *)at |= (uint16_t)(v << 8);
		break;
	case HOW_LOW_BYTE:
		*(uint16_t *)at |= (uint16_t)(v & 255);
		break;
	case HOW_LABEL:
		store_uint(at, s->width, v >> 4);
		break;
	case HOW_SEGMENT:
		store_uint(at, s->width, v & 0xffffff);
		break;
	case HOW_DIRECTION:
		store_uint(at, s->width, v == 0 ? DIR_INGRESS : v == 1 ? DIR_EGRESS : DIR_UNKNOWN);
		break;
	case HOW_FRAGMENT:
		store_uint(at, s->width, v ? FRAG_LATER : FRAG_WHOLE);
		break;
	case HOW_INVERSE:
		store_uint(at, s->width, inverse_of(p, len));
		break;
	case HOW_BYTES:
		*(struct cur *)at = cur_of(p, len);
		break;
	case HOW_BASIC:
		add_list(at, cur_of(p, len), LIST_OF_VALUES);
		break;
	case HOW_LIST:
		add_list(at, cur_of(p, len), LIST_OF_RECORDS);
		break;
	case HOW_MULTI:
		add_list(at, cur_of(p, len), LIST_OF_LISTS);
		break;
	default:
		break;
	}
}

static inline void store_address(const struct step *s, const uint8_t *p, struct addr *at)
{
	struct addr a;
	if (s->how == HOW_ADDR4 || s->how == HOW_NEXT4) {
		if (s->keep_nonzero && load_be32(p) == 0)
			return;
		a = addr_v4(load_be32(p));
	} else {
		memcpy(a.b, p, 16);
		if (s->keep_nonzero && addr_is_none(&a))
			return;
	}
	*at = a;
}

/* One value, its length one that suits. */
static inline void store_value(const struct step *s, const uint8_t *p, size_t len, void *at)
{
	uint64_t v;
	switch ((enum how)s->how) {
	case HOW_SKIP:
		return;
	case HOW_UINT_1_1:
		*(uint8_t *)at = p[0];
		return;
	case HOW_UINT_2_2:
		*(uint16_t *)at = load_be16(p);
		return;
	case HOW_UINT_4_4:
		*(uint32_t *)at = load_be32(p);
		return;
	case HOW_UINT_4_8:
		*(uint64_t *)at = load_be32(p);
		return;
	case HOW_UINT_8_8:
		*(uint64_t *)at = load_be64(p);
		return;
	case HOW_TIME_MS_8:
		store_ms(load_be64(p), at);
		return;
	case HOW_ADDR4:
	case HOW_ADDR6:
	case HOW_NEXT4:
	case HOW_NEXT6:
		store_address(s, p, at);
		return;
	case HOW_UINT:
		v = load_be(p, len);
		break;
	case HOW_MAC:
		v = (uint64_t)load_be16(p) << 32 | load_be32(p + 2);
		break;
	default:
		if (!s->keep_nonzero || load_be(p, MIN(len, 8u)))
			store_rare(s, p, len, at);
		return;
	}
	if (v || !s->keep_nonzero)
		store_uint(at, s->width, v);
}

/* Length prefix of a variable field: one byte, or 255 and two more. */
size_t template_variable_length(struct cur *c)
{
	size_t len = cur_u8(c);
	return len == 255 ? cur_u16(c) : len;
}

static bool run_variable(const struct template *t, struct cur *c, struct record *rec)
{
	for (const struct step *s = t->steps, *end = s + t->nsteps; s < end; s++) {
		size_t len = s->variable ? template_variable_length(c) : s->len;
		const uint8_t *p = cur_need(c, len);
		if (!p)
			return false;
		if (!s->variable || length_suits(s->how, len))
			store_value(s, p, len, (uint8_t *)rec + s->at);
	}
	return true;
}

bool template_run(const struct template *t, struct cur *c, struct record *rec)
{
	if (t->variable)
		return run_variable(t, c, rec);
	const uint8_t *p = cur_need(c, t->min_len);
	for (const struct step *s = t->steps, *end = s + t->nsteps; p && s < end; s++)
		store_value(s, p + s->from, s->len, (uint8_t *)rec + s->at);
	return p;
}
