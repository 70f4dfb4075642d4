/* The slow, plain way to the same answers: every record looked at, filter_match() on its values,
 * groups in a map by text.  It shares no code with exec.h: fields, masks, ownership and functions
 * are written down once more here. */
#pragma once
#include "base/map.h"
#include "base/mem.h"
#include "query/query.h"

#include <math.h>
#include <stdio.h>

/* What is owned by the customer under test; all times the same way as in the mapping. */
struct ref_world {
	const struct flow_rec *rec;
	size_t n;
	const struct customer *who; /* NULL: everything */
	const struct view *view;
	const struct zones *zones;       /* what ref_zones and ref_countries say */
	const struct lookup *countries;
};

static bool ref_when(struct span s, uint64_t t)
{
	return s.start <= (usec_t)t && (usec_t)t < s.end;
}

static bool ref_port(const struct ref_world *w, const struct flow_rec *r, uint32_t ifindex)
{
	for (size_t i = 0; w->who && i < w->who->nport; i++)
		if (addr_equal(&w->who->port[i].agent, &r->agent) && w->who->port[i].ifindex == ifindex &&
		    ref_when(w->who->port[i].when, r->time))
			return true;
	return !w->who;
}

static bool ref_mac(const struct ref_world *w, const struct flow_rec *r, uint64_t mac)
{
	for (size_t i = 0; w->who && i < w->who->nmac; i++)
		if (mac && w->who->mac[i].mac == mac && ref_when(w->who->mac[i].when, r->time))
			return true;
	return !w->who;
}

static bool ref_addr(const struct ref_world *w, const struct flow_rec *r, const struct addr *a, uint32_t ifindex)
{
	for (size_t i = 0; w->who && i < w->who->ncidr; i++) {
		const struct own_cidr *c = &w->who->cidr[i];
		if (!addr_is_none(a) && prefix_holds(&c->prefix, a) && ref_when(c->when, r->time) &&
		    (!c->tied || (addr_equal(&c->port.agent, &r->agent) && c->port.ifindex == ifindex)))
			return true;
	}
	return !w->who;
}

static bool ref_visible(const struct ref_world *w, const struct flow_rec *r)
{
	return ref_addr(w, r, &r->ipsource, r->inputinterface) || ref_addr(w, r, &r->ipdestination, r->outputinterface) ||
	       ref_mac(w, r, r->macsource) || ref_mac(w, r, r->macdestination) || ref_port(w, r, r->inputinterface) ||
	       ref_port(w, r, r->outputinterface);
}

/* Of the view traffic: once.c's rule, record by record. */
static bool ref_block(const struct ref_world *w, const struct flow_rec *r, const struct addr *a, uint32_t ifindex, bool tied)
{
	for (size_t i = 0; i < w->who->ncidr; i++) {
		const struct own_cidr *c = &w->who->cidr[i];
		if (c->tied == tied && !addr_is_none(a) && prefix_holds(&c->prefix, a) && ref_when(c->when, r->time) &&
		    (!tied || (addr_equal(&c->port.agent, &r->agent) && c->port.ifindex == ifindex)))
			return true;
	}
	return false;
}

static bool ref_once(const struct ref_world *w, const struct flow_rec *r)
{
	unsigned v = r->vantage;
	bool entry = v & 1 || !(v & 4), leaves = v & 2 || !(v & 8), again = v & 16;
	if (!w->who || ref_block(w, r, &r->ipsource, 0, false) || ref_block(w, r, &r->ipdestination, 0, false))
		return entry;
	bool in = ref_port(w, r, r->inputinterface) || ref_block(w, r, &r->ipsource, r->inputinterface, true);
	bool out = ref_port(w, r, r->outputinterface) || ref_block(w, r, &r->ipdestination, r->outputinterface, true);
	bool from = ref_mac(w, r, r->macsource), to = ref_mac(w, r, r->macdestination);
	if (in || from)
		return in ? !again : entry;
	return out ? !again : to && leaves;
}

/* The zones and countries of exec.c, once more and slowly. */
static const char ref_zones[] = "zones:\n- {name: A, cidrs: [10.0.0.0/24], groups: [{name: g, cidrs: [10.0.0.8/29]}]}\n"
				"- {name: B, cidrs: [10.0.0.0/16, '2001:db8::/64'], groups: [{name: g, cidrs: [192.0.2.0/28]}]}\n";
static const char ref_countries[] = "10.0.0.0/16,XA\n192.0.2.0/28,XB\n10.0.1.0/28,XB\n";

static bool ref_in(const struct addr *a, const char *block)
{
	struct prefix p;
	const char *why;
	return prefix_parse(block, strlen(block), &p, &why) && prefix_holds(&p, a);
}

static struct value ref_name(const char *text)
{
	return (struct value){ .type = T_TEXT, .text = text, .text_len = strlen(text), .null = !*text };
}

static struct value ref_zone(struct addr a)
{
	if (addr_is_none(&a))
		return ref_name("");
	return ref_name(ref_in(&a, "10.0.0.0/24") ? "A" :
			ref_in(&a, "10.0.0.0/16") || ref_in(&a, "2001:db8::/64") || ref_in(&a, "192.0.2.0/28") ? "B" : "EXTERNAL");
}

static struct value ref_group_of(struct addr a)
{
	return ref_name(ref_in(&a, "10.0.0.8/29") || ref_in(&a, "192.0.2.0/28") ? "g" : "");
}

static struct value ref_country(struct addr a)
{
	return ref_name(ref_in(&a, "192.0.2.0/28") || ref_in(&a, "10.0.1.0/28") ? "XB" : ref_in(&a, "10.0.0.0/16") ? "XA" : "");
}

static struct value ref_num(enum field_type type, uint64_t num, bool shown)
{
	return (struct value){ .type = type, .num = num, .null = !shown };
}

static struct value ref_ip(struct addr a)
{
	return (struct value){ .type = T_ADDR, .addr = a, .null = addr_is_none(&a) };
}

static struct value ref_iface(const struct flow_rec *r, uint32_t ifindex, bool shown)
{
	return (struct value){ .type = T_IFACE, .addr = r->agent, .num = ifindex, .null = !shown };
}

static struct value ref_port_value(const struct flow_rec *r, uint16_t port)
{
	return (struct value){ .type = T_PORT, .num = port, .proto = r->protocol };
}

static struct value ref_host(const struct ref_world *w, const struct flow_rec *r, struct addr ip, uint64_t mac)
{
	if (!addr_is_none(&ip))
		return ref_ip(ip);
	return ref_num(T_MAC, mac, mac && ref_mac(w, r, mac));
}

static bool ref_source_serves(const struct flow_rec *r)
{
	return r->sourceport && (!r->destinationport || r->sourceport < r->destinationport);
}

/* The values of a field of a record: one, or two for interface. */
static size_t ref_values(const struct ref_world *w, const struct flow_rec *r, const char *name, struct value v[2])
{
	uint64_t rate = r->samplingrate ? r->samplingrate : 1;
	bool in = ref_port(w, r, r->inputinterface), out = ref_port(w, r, r->outputinterface);
	bool src = ref_source_serves(r);
#define IS(field, value) if (STREQ(name, #field)) { v[0] = value; return 1; }
	IS(time, ref_num(T_TIME, r->time, true))
	IS(agent, ref_ip(r->agent))
	IS(inputinterface, ref_iface(r, r->inputinterface, in))
	IS(outputinterface, ref_iface(r, r->outputinterface, out))
	IS(ipsource, ref_ip(r->ipsource))
	IS(ipdestination, ref_ip(r->ipdestination))
	IS(macsource, ref_num(T_MAC, r->macsource, r->macsource && ref_mac(w, r, r->macsource)))
	IS(macdestination, ref_num(T_MAC, r->macdestination, r->macdestination && ref_mac(w, r, r->macdestination)))
	IS(vlansource, ref_num(T_UINT, r->vlansource, in))
	IS(vlaninner, ref_num(T_UINT, r->vlaninner, in))
	IS(vlandestination, ref_num(T_UINT, r->vlandestination, out))
	IS(protocol, ref_num(T_PROTOCOL, r->protocol, true))
	IS(sourceport, ref_port_value(r, r->sourceport))
	IS(destinationport, ref_port_value(r, r->destinationport))
	IS(serverport, ref_port_value(r, src ? r->sourceport : r->destinationport))
	IS(clientport, ref_port_value(r, src ? r->destinationport : r->sourceport))
	IS(ipserver, ref_ip(src ? r->ipsource : r->ipdestination))
	IS(ipclient, ref_ip(src ? r->ipdestination : r->ipsource))
	IS(sourceaddress, ref_host(w, r, r->ipsource, r->macsource))
	IS(destinationaddress, ref_host(w, r, r->ipdestination, r->macdestination))
	IS(tos, ref_num(T_UINT, r->tos, true))
	IS(dscp, ref_num(T_UINT, r->tos / 4, true))
	IS(icmptype, ref_num(T_ICMP, r->icmptype, r->protocol == 1 || r->protocol == 58))
	IS(sourceas, ref_num(T_UINT, r->sourceas, true))
	IS(tcpflags, ref_num(T_TCPFLAGS, r->tcpflags, true))
	IS(sourcezone, ref_zone(r->ipsource))
	IS(destinationgroup, ref_group_of(r->ipdestination))
	IS(sourcecountry, ref_country(r->ipsource))
	IS(destinationcountry, ref_country(r->ipdestination))
	IS(bytes, ref_num(T_UINT, r->bytes * rate, true))
	IS(bits, ref_num(T_UINT, r->bytes * rate * 8, true))
	IS(frames, ref_num(T_UINT, r->frames * rate, true))
	IS(samples, ref_num(T_UINT, r->frames, true))
	IS(flows, ref_num(T_UINT, 1, true))
#undef IS
	assert_string_equal(name, "interface");
	size_t n = 0;
	if (in)
		v[n++] = ref_iface(r, r->inputinterface, true);
	if (out && !(in && r->inputinterface == r->outputinterface))
		v[n++] = ref_iface(r, r->outputinterface, true);
	if (!n)
		v[n++] = (struct value){ .type = T_IFACE, .null = true };
	return n;
}

struct ref_get {
	const struct ref_world *w;
	const struct flow_rec *r;
	char text[2][VALUE_TEXT];
};

/* For filter_match(): an address of the highest layer is text there. */
static size_t ref_get(void *arg, const struct field *f, struct value ret[static 2])
{
	struct ref_get *g = arg;
	struct value v[2];
	size_t n = ref_values(g->w, g->r, f->name, v);
	for (size_t i = 0; i < n; i++) {
		ret[i] = v[i];
		if (f->type == T_TEXT && !v[i].null) {
			ret[i].text = value_format(&v[i], g->text[i]);
			ret[i].text_len = strlen(ret[i].text);
			ret[i].type = T_TEXT;
		}
		if (f->type == T_TEXT && v[i].null)
			ret[i] = (struct value){ .type = T_TEXT, .null = true };
	}
	return n;
}

/* A value as a table shows it; NULL = null. */
static const char *ref_text(const struct value *v, char buf[static VALUE_TEXT])
{
	if (v->null)
		return NULL;
	const char *s = value_format(v, buf);
	return *s ? s : NULL;
}

/* A value so that strcmp() puts values in order: addresses by bytes (none first), numbers (none last). */
static void ref_order(const struct value *v, struct buf *out)
{
	const struct addr none = { 0 };
	if (v->type == T_TEXT) {
		buf_printf(out, "%s|", v->null ? "~" : v->text);
		return;
	}
	const struct addr *a = v->null || v->type == T_MAC ? &none : &v->addr;
	bool host = v->type == T_ADDR || v->type == T_IFACE || v->type == T_MAC;
	for (size_t i = 0; host && i < 16; i++)
		buf_printf(out, "%02x", a->b[i]);
	if (v->type == T_PORT)
		buf_printf(out, "%03u", v->proto);
	if (v->type != T_ADDR)
		buf_printf(out, "%020llu", v->null ? (unsigned long long)UINT64_MAX : (unsigned long long)v->num);
	buf_text(out, "|");
}
