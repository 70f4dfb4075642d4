/* Key fields as lanes (what tells rows apart inside a segment), and the words of a group's key as
 * values again.  A lane is one stored column, or two of which a predicate chooses; a word is a
 * number, an address two. */
#include "query/exec.h"

#include <assert.h>

static const struct arange any_address = { .hi = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } } };
static const struct urange any_port = { 1, UINT32_MAX };

static bool same_lane(const struct lane *a, const struct lane *b)
{
	return a->kind == b->kind && a->col == b->col && a->col2 == b->col2 && a->choose == b->choose &&
	       a->shown == b->shown && a->shift == b->shift;
}

static enum err add_lane(struct plan *p, struct item *it, bool share, struct lane l)
{
	assert(it->nlanes < COUNT_OF(it->lane));
	for (unsigned i = 0; share && i < p->nlanes; i++)
		if (!p->lane[i].own && same_lane(&p->lane[i], &l)) {
			it->lane[it->nlanes++] = i;
			return OK;
		}
	assert(p->nlanes < MAX_LANES);
	l.own = !share;
	it->lane[it->nlanes++] = p->nlanes;
	p->lane[p->nlanes++] = l;
	return OK;
}

static struct lane column(const struct plan *p, int col)
{
	const struct table *t = p->view->table;
	enum field_type type = col >= 0 ? view_field(p->view, col)->type : T_UINT;
	return (struct lane){ .kind = LANE_COL, .col = col, .col2 = -1,
			      .addr = col >= 0 && t->cols[col].storage == ST_addr,
			      .zero_is_null = type == T_MAC || type == T_TEXT || type == T_TIME };
}

/* A column that is only told where `shown` holds. */
static struct lane shown_column(struct plan *p, int col, struct pred *shown)
{
	struct lane l = column(p, col);
	l.shown = shown->kind == P_TRUE ? NULL : shown;
	return l;
}

static enum err time_lane(struct plan *p, struct item *it)
{
	if (p->time_lane >= 0) {
		it->lane[it->nlanes++] = (unsigned)p->time_lane;
		return OK;
	}
	p->time_lane = (int)p->nlanes;
	return add_lane(p, it, false, (struct lane){ .kind = LANE_MINUTE, .col = (int)p->view->table->time_col, .col2 = -1 });
}

static enum err stored_lanes(struct plan *p, struct item *it, const struct field *f, bool share)
{
	struct pred *mask = plan_mask(p, field_mask(f, p->view));
	enum err err = OK;
	if (f->type == T_ICMP) {
		const struct urange u[] = { { 1, 1 }, { 58, 58 } };
		mask = pred_uints(&p->preds, protocol_col(p->view->table), u, COUNT_OF(u));
	}
	if (p->view->table->id == TABLE_HOSTS && f->type == T_IFACE) /* a host whose place is not known */
		mask = pred_addrs(&p->preds, HS_agent, &any_address, 1);
	if (p->view->table->id == TABLE_EVENTS && f->type == T_IFACE) /* of no port */
		mask = pred_uints(&p->preds, EV_interface, &any_port, 1);
	if (!mask)
		return E_NOMEM;
	if (f->with >= 0)
		err = add_lane(p, it, share, shown_column(p, f->with, mask));
	return err == OK ? add_lane(p, it, share, shown_column(p, f->col, mask)) : err;
}

/* The side that serves, or the other one. */
static struct lane server_column(const struct plan *p, int if_source, int if_destination)
{
	struct lane l = column(p, if_source);
	l.col2 = if_destination;
	l.choose = p->server;
	return l;
}

static enum err port_lanes(struct plan *p, struct item *it, bool share, int if_source, int if_destination)
{
	enum err err = add_lane(p, it, share, column(p, TR_protocol));
	return err == OK ? add_lane(p, it, share, server_column(p, if_source, if_destination)) : err;
}

static enum err host_lanes(struct plan *p, struct item *it, bool share, int ip, int mac, enum mask mask)
{
	struct preds *ps = &p->preds;
	struct pred *shown = pred_and(ps, pred_not(ps, pred_addrs(ps, ip, &any_address, 1)), plan_mask(p, mask));
	if (!shown)
		return E_NOMEM;
	enum err err = add_lane(p, it, share, column(p, ip));
	return err == OK ? add_lane(p, it, share, shown_column(p, mac, shown)) : err;
}

/* Looked at from the input side, then from the output side (plan.c, passes). */
static enum err side_lanes(struct plan *p, struct item *it)
{
	struct lane agent = column(p, TR_agent), port = column(p, TR_inputinterface);
	agent.kind = port.kind = LANE_SIDE;
	agent.col2 = TR_agent;
	port.col2 = TR_outputinterface;
	p->either = true;
	enum err err = add_lane(p, it, false, agent);
	return err == OK ? add_lane(p, it, false, port) : err;
}

/* Of the DNS: the address is the key, it is named where it is shown. */
static enum err name_lane(struct plan *p, struct item *it, struct named is, bool share)
{
	if (is.what == NAME_DNS)
		return add_lane(p, it, share, column(p, is.ip));
	struct lane l = { .kind = LANE_NAME, .col = is.ip, .col2 = -1, .named = is };
	if (it->field->derived == D_TR_customer)
		l.other = named_of(D_TR_destinationcustomer);
	return add_lane(p, it, false, l);
}

static enum err server_pred(struct plan *p)
{
	if (!p->server)
		p->server = pred_two(&p->preds, P_SERVER, TR_sourceport, TR_destinationport);
	return p->server ? OK : E_NOMEM;
}

enum err key_lanes(struct plan *p, struct item *it, bool share)
{
	struct lane l;
	if (field_is_time(it->field) && it->fn) /* hour, weekday */
		return add_lane(p, it, false, (struct lane){ .kind = LANE_MINUTE, .col = (int)p->view->table->time_col, .col2 = -1 });
	if (field_is_time(it->field))
		return time_lane(p, it);
	const struct named is = named_of(it->field->derived == D_TR_customer ? D_TR_sourcecustomer : it->field->derived);
	if (is.what)
		return name_lane(p, it, is, share);
	switch (it->field->derived) {
	case D_NONE:
		return stored_lanes(p, it, it->field, share);
	case D_TR_interface:
		return side_lanes(p, it);
	case D_TR_sourceaddress:
		return host_lanes(p, it, share, TR_ipsource, TR_macsource, MASK_MACSOURCE);
	case D_TR_destinationaddress:
		return host_lanes(p, it, share, TR_ipdestination, TR_macdestination, MASK_MACDESTINATION);
	case D_TR_dscp:
		l = column(p, TR_tos);
		l.shift = 2;
		return add_lane(p, it, share, l);
	case D_IF_ifindex: case D_IF_datasource:
		return add_lane(p, it, share, column(p, IF_interface));
	case D_EV_ifindex:
		l = column(p, EV_interface);
		l.zero_is_null = true;
		return add_lane(p, it, share, l);
	case D_HS_ifname: case D_EV_ifname: /* the port is the key, it is named where it is shown */
		return stored_lanes(p, it, view_field(p->view, p->view->table->place_col), share);
	case D_TR_serverport: case D_TR_clientport: case D_TR_ipserver: case D_TR_ipclient:
		break;
	default: /* names: a word each, which counters.c numbers */
		l = column(p, -1);
		l.text = true;
		return add_lane(p, it, false, l);
	}
	if (server_pred(p) != OK)
		return E_NOMEM;
	switch (it->field->derived) {
	case D_TR_serverport:
		return port_lanes(p, it, share, TR_sourceport, TR_destinationport);
	case D_TR_clientport:
		return port_lanes(p, it, share, TR_destinationport, TR_sourceport);
	case D_TR_ipserver:
		return add_lane(p, it, share, server_column(p, TR_ipsource, TR_ipdestination));
	default:
		return add_lane(p, it, share, server_column(p, TR_ipdestination, TR_ipsource));
	}
}

/* -- back to values ---------------------------------------------------------------------------------- */

static struct addr words_addr(const uint64_t *w)
{
	struct addr a = { 0 };
	store_be64(a.b, w[0]);
	store_be64(a.b + 8, w[1]);
	return a;
}

static void text_value(const struct agg *g, uint64_t word, struct value *ret)
{
	ret->null = word == NULL_WORD;
	if (ret->null)
		return;
	ret->text = (const char *)g->texts.at[word].key;
	ret->text_len = g->texts.at[word].len;
}

/* A text that was forgotten, or never told to this store, is still a value. */
static void stored_text(const struct plan *p, uint64_t word, struct value *ret)
{
	ret->null = word == NULL_WORD;
	if (!ret->null)
		text_of_hash(p->env.model, word, ret);
}

static void time_value(const struct plan *p, uint64_t word, struct value *ret)
{
	ret->num = p->kind == QUERY_TREND ? (uint64_t)p->edge[word] : word * (uint64_t)USEC_PER_MIN;
}

void key_raw_value(const struct plan *p, const struct agg *g, const struct item *it, const uint64_t *w, struct value *ret)
{
	const struct field *f = it->field;
	bool two = it->nlanes > 1;
	*ret = (struct value){ .type = f->type };
	if (field_is_time(f)) {
		time_value(p, *w, ret);
	} else if (f->derived == D_TR_sourceaddress || f->derived == D_TR_destinationaddress) {
		ret->addr = words_addr(w); /* an address or a MAC, told by its type */
		ret->type = T_ADDR;
		if (addr_is_none(&ret->addr)) {
			ret->type = T_MAC;
			ret->num = w[2];
			ret->null = w[2] == NULL_WORD;
		}
	} else if (named_of(f->derived).what == NAME_DNS) {
		const struct addr a = words_addr(w);
		dns_value(&p->env, &a, ret);
	} else if (named_of(f->derived).what || f->derived == D_TR_customer) {
		const struct named is = named_of(f->derived == D_TR_customer ? D_TR_sourcecustomer : f->derived);
		naming_value(p->naming, is.what, *w, ret);
	} else if (f->derived == D_HS_ifname || f->derived == D_EV_ifname) {
		const struct addr a = words_addr(w);
		port_name(p->scope, &p->env, &a, w[2], ret);
	} else if (f->type == T_TEXT && f->col >= 0) {
		stored_text(p, *w, ret);
	} else if (f->type == T_TEXT) {
		text_value(g, *w, ret);
	} else if (f->type == T_ADDR) {
		ret->addr = words_addr(w);
		ret->null = addr_is_none(&ret->addr);
	} else if (f->type == T_IFACE) {
		ret->addr = words_addr(w);
		ret->num = w[2];
		ret->null = w[2] == NULL_WORD;
	} else {
		ret->num = w[two];
		ret->proto = two ? (uint8_t)w[0] : 0;
		ret->null = w[two] == NULL_WORD || (f->type == T_PORT && !ret->num && !ret->proto);
	}
}

void key_value(const struct plan *p, const struct agg *g, const struct item *it, const uint64_t *w, struct value *ret)
{
	if (!is_part(it->fn) || it->fn == FN_mask) {
		key_raw_value(p, g, it, w, ret);
		return;
	}
	*ret = (struct value){ .type = it->type, .num = w[0], .null = w[0] == NULL_WORD };
	if (it->type == T_TEXT)
		text_value(g, w[0], ret);
}
