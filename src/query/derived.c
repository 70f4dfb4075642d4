/* Fields as values of one record: stored columns as they are, derived ones from a function each.
 * A row of fields.def without its function here does not compile.
 *
 * This is the plain, slow way: for raw rows, and for tests that no set of codes can stand for.
 * Grouping and sets take their own way over columns (select.c, test.c); tests compare the ways. */
#include "query/exec.h"

#include <assert.h>
#include <stdio.h>

typedef void derive_fn(const struct fields_env *env, const void *rec, char buf[static VALUE_TEXT], struct value *ret);

#define TR(name) ((uint64_t)1 << TR_##name)
#define IF(name) ((uint64_t)1 << IF_##name)

/* -- traffic -------------------------------------------------------------------------------------- */

static uint64_t scaled(uint64_t v, uint32_t rate)
{
	uint64_t product;
	return __builtin_mul_overflow(v, rate ? rate : 1u, &product) ? UINT64_MAX : product;
}

static void tr_bits(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	uint64_t bytes = scaled(r->bytes, r->samplingrate);
	ret->num = bytes > UINT64_MAX / 8 ? UINT64_MAX : bytes * 8;
}

static void tr_samples(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	ret->num = ((const struct flow_rec *)rec)->frames;
}

static void tr_flows(const struct fields_env *env _unused_, const void *rec _unused_, char *buf _unused_, struct value *ret)
{
	ret->num = 1;
}

/* Either side; raw rows and tests ask for the sides by themselves. */
static void tr_interface(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	ret->addr = r->agent;
	ret->num = r->inputinterface;
}

static void host(const struct fields_env *env, const struct flow_rec *r, const struct addr *ip, uint64_t mac,
		 char buf[static VALUE_TEXT], struct value *ret)
{
	ret->text = buf;
	if (!addr_is_none(ip))
		addr_format(ip, buf);
	else if (mac && (!env->scope || scope_owns_mac(env->scope, mac, (usec_t)r->time)))
		mac_format(mac, buf);
	else
		ret->null = true;
	ret->text_len = ret->null ? 0 : strlen(buf);
}

static void tr_sourceaddress(const struct fields_env *env, const void *rec, char buf[static VALUE_TEXT], struct value *ret)
{
	const struct flow_rec *r = rec;
	host(env, r, &r->ipsource, r->macsource, buf, ret);
}

static void tr_destinationaddress(const struct fields_env *env, const void *rec, char buf[static VALUE_TEXT], struct value *ret)
{
	const struct flow_rec *r = rec;
	host(env, r, &r->ipdestination, r->macdestination, buf, ret);
}

/* The lower port is the better known one; without ports, or with equal ones, the destination serves. */
static bool source_serves(const struct flow_rec *r)
{
	return r->sourceport && (r->sourceport < r->destinationport || !r->destinationport);
}

static void tr_serverport(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	ret->num = source_serves(r) ? r->sourceport : r->destinationport;
	ret->proto = r->protocol;
}

static void tr_clientport(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	ret->num = source_serves(r) ? r->destinationport : r->sourceport;
	ret->proto = r->protocol;
}

static void tr_ipserver(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	ret->addr = source_serves(r) ? r->ipsource : r->ipdestination;
	ret->null = addr_is_none(&ret->addr);
}

static void tr_ipclient(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct flow_rec *r = rec;
	ret->addr = source_serves(r) ? r->ipdestination : r->ipsource;
	ret->null = addr_is_none(&ret->addr);
}

static void tr_dscp(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	ret->num = ((const struct flow_rec *)rec)->tos >> 2;
}

/* -- names -- */

static void end_name(const struct fields_env *env, enum derived d, const struct flow_rec *r, struct value *ret)
{
	const struct named is = named_of(d);
	const struct addr *ip = is.destination ? &r->ipdestination : &r->ipsource;
	enum err err = OK;
	ret->null = true;
	if (is.what == NAME_DNS)
		dns_value(env->env, ip, ret);
	else if (env->naming && is.what == NAME_CUSTOMER)
		naming_value(env->naming, is.what, naming_customer(env->naming, r, is.destination, &err), ret);
	else if (env->naming)
		naming_value(env->naming, is.what,
			     naming_addr(env->naming, is.what, ip, is.as < 0 ? 0 : is.destination ? r->destinationas : r->sourceas), ret);
}

/* The second side's, where it is another than the first side's; tests and passes ask for the sides. */
static void tr_customer(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	struct value source;
	end_name(env, D_TR_sourcecustomer, rec, &source);
	end_name(env, D_TR_destinationcustomer, rec, ret);
	if (!ret->null && !source.null && STREQ(source.text, ret->text))
		ret->null = true;
}

#define END(name)                                                                                  	static void tr_##name(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret) 	{                                                                                          		end_name(env, D_TR_##name, rec, ret);                                              	}
END(sourcezone) END(destinationzone) END(sourcegroup) END(destinationgroup)
END(sourcepath) END(destinationpath) END(sourcesubnet) END(destinationsubnet)
END(sourcecountry) END(destinationcountry) END(sourceasname) END(destinationasname)
END(sourcecustomer) END(destinationcustomer) END(sourcename) END(destinationname)
#undef END

#define OWNER_COLS                                                                                 	(TR(time) | TR(agent) | TR(inputinterface) | TR(outputinterface) | TR(ipsource) | TR(ipdestination) | TR(macsource) | 	 TR(macdestination))
#define COLS_sourcezone          TR(ipsource)
#define COLS_destinationzone     TR(ipdestination)
#define COLS_sourcegroup         TR(ipsource)
#define COLS_destinationgroup    TR(ipdestination)
#define COLS_sourcepath          TR(ipsource)
#define COLS_destinationpath     TR(ipdestination)
#define COLS_sourcesubnet        TR(ipsource)
#define COLS_destinationsubnet   TR(ipdestination)
#define COLS_sourcecountry       TR(ipsource)
#define COLS_destinationcountry  TR(ipdestination)
#define COLS_sourceasname        (TR(ipsource) | TR(sourceas))
#define COLS_destinationasname   (TR(ipdestination) | TR(destinationas))
#define COLS_sourcecustomer      OWNER_COLS
#define COLS_destinationcustomer OWNER_COLS
#define COLS_customer            OWNER_COLS
#define COLS_sourcename          TR(ipsource)
#define COLS_destinationname     TR(ipdestination)

#define SERVER_COLS (TR(sourceport) | TR(destinationport))
#define COLS_bits               (TR(bytes) | TR(samplingrate))
#define COLS_samples            TR(frames)
#define COLS_flows              TR(time)
#define COLS_interface          (TR(agent) | TR(inputinterface) | TR(outputinterface))
#define COLS_sourceaddress      (TR(ipsource) | TR(macsource) | TR(time))
#define COLS_destinationaddress (TR(ipdestination) | TR(macdestination) | TR(time))
#define COLS_serverport         (SERVER_COLS | TR(protocol))
#define COLS_clientport         (SERVER_COLS | TR(protocol))
#define COLS_ipserver           (SERVER_COLS | TR(ipsource) | TR(ipdestination))
#define COLS_ipclient           (SERVER_COLS | TR(ipsource) | TR(ipdestination))
#define COLS_dscp               TR(tos)

/* -- ifcounters ------------------------------------------------------------------------------------ */

bool table_counts(const struct table *t)
{
	return t->id == TABLE_IFCOUNTERS || t->id == TABLE_IFEXTRA || t->id == TABLE_HOST || t->id == TABLE_VM || t->id == TABLE_SERVICES;
}

static void octets_as_bits(const struct ifcounters_rec *r, int col, uint64_t octets, struct value *ret)
{
	ret->num = octets * 8;
	ret->null = counter_is_missing(&tables[TABLE_IFCOUNTERS], r->countersource, col, octets);
}

static void if_ifinbits(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	octets_as_bits(r, IF_ifinoctets, r->ifinoctets, ret);
}

static void if_ifoutbits(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	octets_as_bits(r, IF_ifoutoctets, r->ifoutoctets, ret);
}

/* A share needs two readings. */
static void if_ifinutilization(const struct fields_env *env _unused_, const void *rec _unused_, char *buf _unused_,
			       struct value *ret)
{
	ret->null = true;
}

static void if_ifoututilization(const struct fields_env *env _unused_, const void *rec _unused_, char *buf _unused_,
				struct value *ret)
{
	ret->null = true;
}

static void if_ifindex(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	ret->num = ((const struct ifcounters_rec *)rec)->interface;
}

static void if_datasource(const struct fields_env *env, const void *rec, char *buf, struct value *ret)
{
	if_ifindex(env, rec, buf, ret);
}

const char *status_text(unsigned status, enum derived which)
{
	return status & (which == D_IF_ifadminstatus ? 1 : 2) ? "up" : "down";
}

static void status_value(const void *rec, enum derived which, struct value *ret)
{
	ret->text = status_text(((const struct ifcounters_rec *)rec)->ifstatus, which);
	ret->text_len = strlen(ret->text);
}

static void if_ifadminstatus(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	status_value(rec, D_IF_ifadminstatus, ret);
}

static void if_ifoperstatus(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	status_value(rec, D_IF_ifoperstatus, ret);
}

static void known_text(const struct fields_env *env, const struct addr *agent, uint32_t ifindex, bool alias, struct value *ret)
{
	bool said = scope_names_port(env->names, agent, ifindex, env->now);
	const struct iface *i = env->model && said ? model_iface(env->model, agent, ifindex) : NULL;
	const char *text = !i ? "" : alias ? i->alias : i->name;
	ret->text = text;
	ret->text_len = strlen(text);
	ret->null = !*text;
}

static void if_ifname(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	known_text(env, &r->agent, r->interface, false, ret);
}

static void if_ifalias(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	known_text(env, &r->agent, r->interface, true, ret);
}

/* Names of the agent's place, and of whose port it is at the reading's time. */
static void agent_name(const struct fields_env *env, const void *rec, bool group, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	const struct zones *z = env->env ? env->env->zones : NULL;
	const char *text = z ? group ? zones_name(z, zones_agent(z, &r->agent))->group : zones_name(z, zones_agent(z, &r->agent))->zone : "";
	ret->text = text;
	ret->text_len = strlen(text);
	ret->null = !*text;
}

static void if_zone(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	agent_name(env, rec, false, ret);
}

static void if_group(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	agent_name(env, rec, true, ret);
}

static void if_customer(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct ifcounters_rec *r = rec;
	enum err err = OK;
	ret->null = true;
	if (env->naming)
		naming_value(env->naming, NAME_CUSTOMER,
			     naming_port_customer(env->naming, &r->agent, r->interface, (usec_t)r->time, &err), ret);
}

#define COLS_IF_zone              IF(agent)
#define COLS_IF_group             IF(agent)
#define COLS_IF_customer          (IF(time) | IF(agent) | IF(interface))
#define COLS_IF_ifinbits          (IF(ifinoctets) | IF(countersource))
#define COLS_IF_ifoutbits         (IF(ifoutoctets) | IF(countersource))
#define COLS_IF_ifinutilization   0
#define COLS_IF_ifoututilization  0
#define COLS_IF_ifindex           IF(interface)
#define COLS_IF_datasource        IF(interface)
#define COLS_IF_ifadminstatus     IF(ifstatus)
#define COLS_IF_ifoperstatus      IF(ifstatus)
#define COLS_IF_ifname            (IF(agent) | IF(interface))
#define COLS_IF_ifalias           (IF(agent) | IF(interface))

/* -- events ---------------------------------------------------------------------------------------- */

static void ev_ifindex(const struct fields_env *env _unused_, const void *rec, char *buf _unused_, struct value *ret)
{
	ret->num = ((const struct events_rec *)rec)->interface;
	ret->null = !ret->num;
}

static void ev_ifname(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct events_rec *r = rec;
	known_text(env, &r->agent, r->interface, false, ret);
}

static void ev_events(const struct fields_env *env _unused_, const void *rec _unused_, char *buf _unused_, struct value *ret)
{
	ret->num = 1;
}

#define COLS_EV_ifindex ((uint64_t)1 << EV_interface)
#define COLS_EV_ifname  ((uint64_t)1 << EV_agent | (uint64_t)1 << EV_interface)
#define COLS_EV_events  ((uint64_t)1 << EV_time)

/* -- hosts ----------------------------------------------------------------------------------------- */

static void hs_ifname(const struct fields_env *env, const void *rec, char *buf _unused_, struct value *ret)
{
	const struct hosts_rec *r = rec;
	known_text(env, &r->agent, r->interface, false, ret);
}

static void hs_hosts(const struct fields_env *env _unused_, const void *rec _unused_, char *buf _unused_, struct value *ret)
{
	ret->num = 1;
}

void port_name(const struct scope *s, const struct query_env *env, const struct addr *agent, uint64_t ifindex, struct value *ret)
{
	const struct fields_env names = { .names = s, .model = env->model, .now = env->now };
	known_text(&names, agent, (uint32_t)ifindex, false, ret);
}

#define COLS_HS_ifname ((uint64_t)1 << HS_agent | (uint64_t)1 << HS_interface)
#define COLS_HS_hosts  ((uint64_t)1 << HS_time)

/* -- all ------------------------------------------------------------------------------------------ */

static const struct {
	derive_fn *fn;
	uint64_t cols;
} derived[D_COUNT] = {
#define TRAFFIC_DERIVED(name, ...) [D_TR_##name] = { tr_##name, COLS_##name },
#define IFCOUNTERS_DERIVED(name, ...) [D_IF_##name] = { if_##name, COLS_IF_##name },
#define EVENTS_DERIVED(name, ...) [D_EV_##name] = { ev_##name, COLS_EV_##name },
#define HOSTS_DERIVED(name, ...) [D_HS_##name] = { hs_##name, COLS_HS_##name },
#include "flow/fields.def"
};

bool field_is_value(const struct field *f)
{
	return f->role == R_VALUE || f->role == R_COUNTER || f->role == R_GAUGE;
}

const struct field *view_field(const struct view *v, int col)
{
	for (size_t i = 0; i < v->nfields; i++)
		if (v->fields[i].col == col)
			return &v->fields[i];
	assert(false && "a column without a field");
	return NULL;
}

int protocol_col(const struct table *t)
{
	return t->id == TABLE_DROPS ? (int)DR_protocol : (int)TR_protocol;
}

uint64_t field_cols(const struct view *v, const struct field *f)
{
	if (f->derived)
		return derived[f->derived].cols;
	uint64_t cols = (uint64_t)1 << f->col;
	if (f->with >= 0)
		cols |= (uint64_t)1 << f->with;
	if (f->type == T_ICMP)
		cols |= (uint64_t)1 << protocol_col(v->table);
	if (v->table->rate_col >= 0 && f->role == R_VALUE)
		cols |= (uint64_t)1 << v->table->rate_col;
	if (f->role == R_COUNTER && v->table->id == TABLE_IFCOUNTERS)
		cols |= IF(countersource);
	return cols;
}

static uint64_t rec_uint(const struct table *t, int col, const void *rec)
{
	const uint8_t *p = (const uint8_t *)rec + t->cols[col].offset;
	switch (t->cols[col].storage) {
	case ST_u8:  return *p;
	case ST_u16: return *(const uint16_t *)(const void *)p;
	case ST_u32: return *(const uint32_t *)(const void *)p;
	case ST_u64: return *(const uint64_t *)(const void *)p;
	case ST_addr: break;
	}
	return 0;
}

static const struct addr *rec_addr(const struct table *t, int col, const void *rec)
{
	return (const struct addr *)(const void *)((const uint8_t *)rec + t->cols[col].offset);
}

void text_of_hash(const struct model *m, uint64_t hash, struct value *ret)
{
	const char *text = m ? model_text(m, hash) : NULL;
	ret->text = text ? text : "?";
	ret->text_len = strlen(ret->text);
}

/* A running total holds what went through before: told only to who always had the port. */
static bool tells_of_before(const struct fields_env *env, const struct view *v, const struct field *f, const void *rec)
{
	const struct table *t = v->table;
	return table_counts(t) && t->whose == WHOSE_PORT && (f->role == R_COUNTER || (f->derived && f->role == R_VALUE)) &&
	       !scope_owns_port_always(env->scope, rec_addr(t, t->agent_col, rec), (uint32_t)rec_uint(t, t->place_col, rec));
}

static bool masked(const struct fields_env *env, const struct view *v, const struct field *f, const void *rec)
{
	const struct flow_rec *r = rec;
	enum mask m = env->scope ? field_mask(f, v) : MASK_NONE;
	if (env->scope && tells_of_before(env, v, f, rec))
		return true;
	if (m == MASK_NONE)
		return false;
	usec_t when = (usec_t)r->time;
	switch (m) {
	case MASK_INPUT:          return !scope_owns_port(env->scope, &r->agent, r->inputinterface, when);
	case MASK_OUTPUT:         return !scope_owns_port(env->scope, &r->agent, r->outputinterface, when);
	case MASK_MACSOURCE:      return !r->macsource || !scope_owns_mac(env->scope, r->macsource, when);
	case MASK_MACDESTINATION: return !r->macdestination || !scope_owns_mac(env->scope, r->macdestination, when);
	case MASK_NONE: case MASKS: break;
	}
	return true;
}

static void stored_value(const struct fields_env *env, const struct view *v, const struct field *f, const void *rec, struct value *ret)
{
	const struct table *t = v->table;
	if (f->type == T_ADDR) {
		ret->addr = *rec_addr(t, f->col, rec);
		ret->null = addr_is_none(&ret->addr);
		return;
	}
	ret->num = rec_uint(t, f->col, rec);
	if (t->rate_col >= 0 && f->role == R_VALUE)
		ret->num = scaled(ret->num, (uint32_t)rec_uint(t, t->rate_col, rec));
	if (f->type == T_REAL)
		ret->real = (double)ret->num / 1000;
	if (f->role == R_COUNTER && t->id == TABLE_IFCOUNTERS)
		ret->null = counter_is_missing(t, ((const struct ifcounters_rec *)rec)->countersource, f->col, ret->num);
	if (f->type == T_MAC || f->type == T_TEXT || f->type == T_TIME)
		ret->null = !ret->num;
	if (f->type == T_TEXT && !ret->null)
		text_of_hash(env->model, ret->num, ret);
	if (f->type == T_IFACE) {
		ret->addr = *rec_addr(t, f->with, rec);
		ret->null = addr_is_none(&ret->addr) || (t->id == TABLE_EVENTS && !ret->num);
	}
	if (f->type == T_PORT)
		ret->proto = (uint8_t)rec_uint(t, f->with, rec);
	if (f->type == T_ICMP) {
		uint64_t proto = rec_uint(t, protocol_col(t), rec);
		ret->null = proto != 1 && proto != 58; /* ICMP, ICMPv6 */
	}
}

void field_value(const struct fields_env *env, const struct view *v, const struct field *f, const void *rec,
		 char buf[static VALUE_TEXT], struct value *ret)
{
	*ret = (struct value){ .type = f->type };
	if (masked(env, v, f, rec))
		ret->null = true;
	else if (f->derived)
		derived[f->derived].fn(env, rec, buf, ret);
	else
		stored_value(env, v, f, rec, ret);
}
