/* A filter's tree as predicates over stored columns.
 *
 * A positive test becomes a set over one column wherever it can; what has no such form is asked of
 * each row's value (P_VALUE).  A negative test is NOT of the positive one.  A masked value is null,
 * and a null passes no positive test: so a masked field's test is ANDed with its mask, and asking
 * for a foreign value answers as asking for none (filter_test, filter/match.c). */
#include "query/exec.h"

enum { ICMP = 1, ICMPV6 = 58 };

static bool is_negative(enum filter_op op)
{
	return op == FOP_NE || op == FOP_NRE;
}

static bool is_pattern(enum filter_op op)
{
	return op == FOP_RE || op == FOP_NRE;
}

/* The same test, positive; its values are shared. */
static const struct filter *positive(struct preds *ps, const struct filter *f)
{
	struct filter *copy = arena_new0(ps->arena, 1, sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *f;
	copy->op = f->op == FOP_NE ? FOP_EQ : f->op == FOP_NRE ? FOP_RE : f->op;
	return copy;
}

/* What a value and an operator allow; lo > hi: nothing. */
static struct urange range_of(enum filter_op op, const struct filter_value *v)
{
	const struct urange none = { 1, 0 };
	switch (op) {
	case FOP_LT: return v->lo ? (struct urange){ 0, v->lo - 1 } : none;
	case FOP_LE: return (struct urange){ 0, v->lo };
	case FOP_GT: return v->lo < UINT64_MAX ? (struct urange){ v->lo + 1, UINT64_MAX } : none;
	case FOP_GE: return (struct urange){ v->lo, UINT64_MAX };
	case FOP_EQ: case FOP_NE: case FOP_RE: case FOP_NRE: break;
	}
	return (struct urange){ v->lo, v->hi };
}

static struct pred *uints(struct test_env *te, int col, const struct filter *f, unsigned shift)
{
	struct urange *u = arena_new0(te->ps->arena, f->nvalue + 1, sizeof(*u));
	for (size_t i = 0; u && i < f->nvalue; i++) {
		u[i] = range_of(f->op, &f->value[i]);
		if (shift && u[i].lo <= u[i].hi) {
			const uint64_t most = UINT64_MAX >> shift;
			if (u[i].lo > most)
				u[i] = (struct urange){ 1, 0 };
			else
				u[i] = (struct urange){ u[i].lo << shift,
							u[i].hi > most ? UINT64_MAX : u[i].hi << shift | (((uint64_t)1 << shift) - 1) };
		}
	}
	return u ? pred_uints(te->ps, col, u, f->nvalue) : NULL;
}

/* Values by number, but 0 is no value. */
static struct pred *nonzero_uints(struct test_env *te, int col, const struct filter *f)
{
	const struct urange some = { 1, UINT64_MAX };
	return pred_and(te->ps, uints(te, col, f, 0), pred_uints(te->ps, col, &some, 1));
}

static struct pred *addrs(struct test_env *te, int col, const struct filter *f)
{
	struct arange *a = arena_new0(te->ps->arena, f->nvalue + 1, sizeof(*a));
	size_t n = 0;
	for (size_t i = 0; a && i < f->nvalue; i++)
		if (!f->value[i].text) /* text: a MAC among addresses */
			a[n++] = (struct arange){ f->value[i].addr_lo, f->value[i].addr_hi };
	return a ? pred_addrs(te->ps, col, a, n) : NULL;
}

static struct pred *has_address(struct test_env *te, int ip)
{
	const struct arange all = { .hi = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } } };
	return pred_addrs(te->ps, ip, &all, 1);
}

/* "::" asks for rows without an address, which are in no block. */
static struct pred *addrs_or_none(struct test_env *te, int col, const struct filter *f)
{
	struct pred *p = addrs(te, col, f);
	for (size_t i = 0; i < f->nvalue; i++)
		if (addr_is_none(&f->value[i].addr_hi))
			return pred_or(te->ps, p, pred_not(te->ps, has_address(te, col)));
	return p;
}

static struct pred *pairs(struct test_env *te, const struct field *on, const struct filter *f)
{
	struct pair *pair = arena_new0(te->ps->arena, f->nvalue + 1, sizeof(*pair));
	for (size_t i = 0; pair && i < f->nvalue; i++)
		pair[i] = (struct pair){ f->value[i].addr_lo, f->value[i].lo, f->value[i].hi };
	return pair ? pred_pairs(te->ps, on->with, on->col, pair, f->nvalue) : NULL;
}

/* Ports: one AND per protocol that is named, and those of any protocol. */
static struct pred *ports(struct test_env *te, const struct field *on, const struct filter *f)
{
	enum { any = 256 };
	struct preds *ps = te->ps;
	struct urange *u = arena_new0(ps->arena, f->nvalue + 1, sizeof(*u));
	struct pred *p = ps->no;
	if (!u)
		return NULL;
	for (unsigned proto = 0; proto <= any; proto++) {
		const struct urange one = { proto, proto };
		size_t n = 0;
		for (size_t i = 0; i < f->nvalue; i++)
			if ((f->value[i].of_proto ? f->value[i].proto : any) == proto)
				u[n++] = range_of(f->op, &f->value[i]);
		if (!n)
			continue;
		struct pred *q = pred_uints(ps, on->col, u, n);
		p = pred_or(ps, p, proto < any ? pred_and(ps, pred_uints(ps, on->with, &one, 1), q) : q);
	}
	return p;
}

static struct pred *is_icmp(struct test_env *te)
{
	const struct urange u[] = { { ICMP, ICMP }, { ICMPV6, ICMPV6 } };
	return pred_uints(te->ps, protocol_col(te->view->table), u, COUNT_OF(u));
}

static struct pred *by_value(struct test_env *te, const struct field *on, const struct filter *f)
{
	te->ps->patterns |= is_pattern(f->op);
	return pred_value(te->ps, f, on, field_cols(te->view, on));
}

/* Which of all texts pass; the rows of a segment then are asked for their hashes alone. */
static struct pred *texts(struct test_env *te, const struct field *on, const struct filter *f)
{
	size_t n = 0, all = te->model ? model_texts(te->model) : 0;
	const struct value nothing = { .type = T_TEXT, .null = true };
	struct urange *u = arena_new0(te->ps->arena, all + 1, sizeof(*u));
	if (!u)
		return NULL;
	for (size_t i = 0; i < all; i++) {
		struct model_text t = model_text_at(te->model, i);
		const struct value v = { .type = T_TEXT, .text = t.text, .text_len = strlen(t.text) };
		if (filter_test(f, &v))
			u[n++] = (struct urange){ t.hash, t.hash };
	}
	if (filter_test(f, &nothing))
		u[n++] = (struct urange){ 0, 0 };
	return pred_uints(te->ps, on->col, u, n);
}

/* A positive test on a stored column, mask not yet asked. */
static struct pred *on_column(struct test_env *te, const struct field *on, const struct filter *f)
{
	/* What all texts are asked, a pattern can give up on one that the asker does not see. */
	if (on->type == T_TEXT && (!is_pattern(f->op) || scope_is_everything(te->scope)))
		return texts(te, on, f);
	if (is_pattern(f->op) || field_is_value(on))
		return by_value(te, on, f);
	switch (on->type) {
	case T_ADDR:  return addrs_or_none(te, on->col, f);
	case T_MAC:   return nonzero_uints(te, on->col, f);
	case T_TIME:  return field_is_time(on) ? uints(te, on->col, f, 0) : nonzero_uints(te, on->col, f);
	case T_IFACE: return pairs(te, on, f);
	case T_PORT:  return ports(te, on, f);
	case T_ICMP:  return pred_and(te->ps, is_icmp(te), uints(te, on->col, f, 0));
	case T_REAL: return by_value(te, on, f);
	default:      return uints(te, on->col, f, 0);
	}
}

static struct pred *on_stored(struct test_env *te, int col, const struct filter *f)
{
	const struct field *on = view_field(te->view, col);
	return pred_and(te->ps, plan_mask(te->plan, field_mask(on, te->view)), on_column(te, on, f));
}

/* The address at the highest layer known: IP where there is one, else the MAC. */
static struct pred *on_host(struct test_env *te, int ip, int mac, const struct filter *f)
{
	struct preds *ps = te->ps;
	struct pred *has_ip = has_address(te, ip), *by_ip, *by_mac;
	const struct field *mac_field = view_field(te->view, mac);
	if (is_pattern(f->op)) {
		by_ip = pred_and(ps, has_ip, by_value(te, view_field(te->view, ip), f));
		by_mac = pred_and(ps, plan_mask(te->plan, field_mask(mac_field, te->view)), by_value(te, mac_field, f));
	} else {
		struct urange *u = arena_new0(ps->arena, f->nvalue + 1, sizeof(*u));
		size_t n = 0;
		for (size_t i = 0; u && i < f->nvalue; i++)
			if (f->value[i].text && f->value[i].lo)
				u[n++] = (struct urange){ f->value[i].lo, f->value[i].lo };
		by_ip = addrs(te, ip, f);
		by_mac = u ? pred_uints(ps, mac, u, n) : NULL;
	}
	if (!is_pattern(f->op))
		by_mac = pred_and(ps, plan_mask(te->plan, field_mask(mac_field, te->view)), by_mac);
	return pred_or(ps, by_ip, pred_and(ps, pred_not(ps, has_ip), by_mac));
}

/* On the server's (or client's) column: which one that is, the ports say. */
static struct pred *on_server(struct test_env *te, int if_source, int if_destination, const struct filter *f)
{
	struct preds *ps = te->ps;
	struct pred *source = pred_two(ps, P_SERVER, TR_sourceport, TR_destinationport);
	return pred_or(ps, pred_and(ps, source, on_stored(te, if_source, f)),
		       pred_and(ps, pred_not(ps, source), on_stored(te, if_destination, f)));
}

/* A name that hangs on the address alone: each is asked once, and those that pass are ranges. */
static struct pred *on_name(struct test_env *te, struct named is, const struct filter *f)
{
	struct arena *arena = te->ps->arena;
	const struct value nothing = { .type = T_TEXT, .null = true };
	size_t n = 0, count = 0;
	struct arange r;
	uint64_t number;
	while (te->naming && naming_range(te->naming, is.what, count, &r.lo, &r.hi, &number))
		count++;
	struct arange *a = arena_new0(arena, count + 2, sizeof(*a));
	for (size_t i = 0; a && i < count; i++) {
		struct value v;
		naming_range(te->naming, is.what, i, &r.lo, &r.hi, &number);
		naming_value(te->naming, is.what, number, &v);
		if (addr_compare(&r.lo, &r.hi) <= 0 && filter_test(f, &v))
			a[n++] = r;
	}
	struct pred *p = a ? pred_addrs(te->ps, is.ip, a, n) : NULL;
	if (filter_test(f, &nothing)) /* no address, no name */
		p = pred_or(te->ps, p, pred_not(te->ps, has_address(te, is.ip)));
	return p;
}

static struct pred *on_end(struct test_env *te, enum derived d, const struct filter *f)
{
	const struct named is = named_of(d);
	struct filter *copy = arena_new0(te->ps->arena, 1, sizeof(*copy));
	if (is.what != NAME_AS && is.what != NAME_CUSTOMER)
		return on_name(te, is, f);
	for (size_t i = 0; copy && i < te->view->nfields; i++)
		if (te->view->fields[i].derived == d) {
			*copy = *f;
			copy->field = &te->view->fields[i];
			return by_value(te, copy->field, copy);
		}
	return NULL;
}

static struct pred *on_field(struct test_env *te, const struct filter *f)
{
	if (f->field->derived == D_TR_customer)
		return pred_or(te->ps, on_end(te, D_TR_sourcecustomer, f), on_end(te, D_TR_destinationcustomer, f));
	if (named_of(f->field->derived).what)
		return on_end(te, f->field->derived, f);
	switch (f->field->derived) {
	case D_NONE:
		return on_stored(te, f->field->col, f);
	case D_TR_interface:
		return pred_or(te->ps, on_stored(te, TR_inputinterface, f), on_stored(te, TR_outputinterface, f));
	case D_TR_sourceaddress:
		return on_host(te, TR_ipsource, TR_macsource, f);
	case D_TR_destinationaddress:
		return on_host(te, TR_ipdestination, TR_macdestination, f);
	case D_TR_serverport:
		return on_server(te, TR_sourceport, TR_destinationport, f);
	case D_TR_clientport:
		return on_server(te, TR_destinationport, TR_sourceport, f);
	case D_TR_ipserver:
		return on_server(te, TR_ipsource, TR_ipdestination, f);
	case D_TR_ipclient:
		return on_server(te, TR_ipdestination, TR_ipsource, f);
	case D_TR_dscp:
		return uints(te, TR_tos, f, 2);
	case D_IF_ifindex: case D_IF_datasource:
		return uints(te, IF_interface, f, 0);
	case D_EV_ifindex:
		return uints(te, EV_interface, f, 0);
	default:
		return by_value(te, f->field, f);
	}
}

struct pred *test_pred(struct test_env *te, const struct filter *f)
{
	struct preds *ps = te->ps;
	switch (f->kind) {
	case FILTER_ALL:
		return ps->yes;
	case FILTER_NOT:
		return pred_not(ps, test_pred(te, f->sub[0]));
	case FILTER_TEST: {
		const struct filter *test = positive(ps, f);
		struct pred *p = test ? on_field(te, test) : NULL;
		return is_negative(f->op) ? pred_not(ps, p) : p;
	}
	case FILTER_AND: case FILTER_OR:
		break;
	}
	struct pred **sub = arena_new0(ps->arena, f->nsub, sizeof(*sub));
	for (size_t i = 0; sub && i < f->nsub; i++)
		sub[i] = test_pred(te, f->sub[i]);
	return sub ? pred_join(ps, f->kind == FILTER_AND ? P_AND : P_OR, sub, f->nsub) : NULL;
}
