#include "query/names.h"

#include "base/map.h"
#include "base/mem.h"
#include "query/exec.h"

#include <pthread.h>

enum { MOST_NAMES = 1 << 20 };

struct naming {
	const struct query_env *env;
	const struct scope *scope;
	uint32_t *group, *subnet; /* by number of a zone's name, of a range: the first with that text, that subnet */
	struct attributor *attributor; /* NULL: there is no mapping */
	struct owner_sets *sets;       /* under the lock, as are those below */
	struct map texts;              /* of customers: text -> number */
	uint64_t *number_of;           /* by set: number + 1; 0 = not looked at yet */
	size_t cap;
	pthread_mutex_t lock;
};

/* -- which field is which name ------------------------------------------------------------------ */

struct named named_of(enum derived d)
{
	static const struct named rows[D_COUNT] = {
#define ENDS(name, what, as_source, as_destination)                                                \
	[D_TR_source##name] = { what, TR_ipsource, as_source, false },                             \
	[D_TR_destination##name] = { what, TR_ipdestination, as_destination, true },
		ENDS(zone, NAME_ZONE, -1, -1) ENDS(group, NAME_GROUP, -1, -1) ENDS(subnet, NAME_SUBNET, -1, -1)
		ENDS(path, NAME_PATH, -1, -1) ENDS(country, NAME_COUNTRY, -1, -1)
		ENDS(asname, NAME_AS, TR_sourceas, TR_destinationas) ENDS(customer, NAME_CUSTOMER, -1, -1)
		ENDS(name, NAME_DNS, -1, -1)
#undef ENDS
	};
	return rows[d];
}

/* -- making --------------------------------------------------------------------------------------- */

static uint32_t first_group(const struct zones *z, uint32_t i)
{
	const char *group = zones_name(z, i)->group;
	for (uint32_t k = 0; k < i; k++)
		if (STREQ(zones_name(z, k)->group, group))
			return k;
	return i;
}

/* Two groups of one name are one to whoever selects the group; so are the ranges of a block that
 * others cut in two. */
static enum err number_zones(struct naming *n)
{
	const struct zones *z = n->env->zones;
	struct map seen = { 0 };
	size_t ranges, names = zones_count(z);
	const struct zone_range *r = zones_ranges(z, &ranges);
	n->group = mem_new0(names + 1, sizeof(*n->group));
	n->subnet = mem_new0(ranges + 1, sizeof(*n->subnet));
	enum err err = n->group && n->subnet ? OK : E_NOMEM;
	for (uint32_t i = 0; i < names && err == OK; i++)
		n->group[i] = first_group(z, i);
	for (uint32_t i = 0; i < ranges && err == OK; i++) {
		struct map_entry *e;
		bool fresh;
		err = map_put(&seen, &r[i].subnet, sizeof(r[i].subnet), &e, &fresh);
		if (err == OK && fresh)
			e->num = i;
		if (err == OK)
			n->subnet[i] = (uint32_t)e->num;
	}
	map_free(&seen);
	return err;
}

enum err naming_new(const struct query_env *env, const struct scope *scope, struct naming **ret)
{
	struct naming *n = mem_new0(1, sizeof(*n));
	if (!n)
		return E_NOMEM;
	*n = (struct naming){ .env = env, .scope = scope, .texts = { .ceiling = MOST_NAMES } };
	pthread_mutex_init(&n->lock, NULL);
	enum err err = env->zones ? number_zones(n) : OK;
	if (err == OK && env->customers)
		err = attributor_new(env->customers, env->model, &n->attributor);
	if (err == OK && n->attributor)
		err = owner_sets_new(n->attributor, &n->sets);
	if (err != OK) {
		naming_free(n);
		return err;
	}
	*ret = n;
	return OK;
}

void naming_free(struct naming *n)
{
	if (!n)
		return;
	owner_sets_free(n->sets);
	attributor_free(n->attributor);
	map_free(&n->texts);
	mem_free(n->number_of);
	mem_free(n->group);
	mem_free(n->subnet);
	pthread_mutex_destroy(&n->lock);
	mem_free(n);
}

/* -- addresses --------------------------------------------------------------------------------------- */

static uint64_t zone_number(const struct naming *n, enum name_of what, const struct addr *a)
{
	const struct zones *z = n->env->zones;
	const struct zone_range *r = z ? zones_find(z, a) : NULL;
	size_t ranges;
	if (!z || addr_is_none(a))
		return NULL_WORD;
	switch (what) {
	case NAME_ZONE: /* the zone itself stands before its groups, by whatever name they are found */
		for (uint32_t i = r ? r->name : 0;; i--)
			if (!*zones_name(z, i)->group)
				return i;
	case NAME_GROUP:
		return r && *zones_name(z, r->name)->group ? n->group[r->name] : NULL_WORD;
	case NAME_SUBNET:
		return r ? n->subnet[r - zones_ranges(z, &ranges)] : NULL_WORD;
	default:
		return r ? r->name : 0;
	}
}

uint64_t naming_addr(const struct naming *n, enum name_of what, const struct addr *a, uint32_t as)
{
	const struct lookup *l = what == NAME_COUNTRY ? n->env->countries : n->env->asnames;
	if (what == NAME_ZONE || what == NAME_GROUP || what == NAME_SUBNET || what == NAME_PATH)
		return zone_number(n, what, a);
	if (!l)
		return NULL_WORD;
	uint32_t number = what == NAME_AS && as ? as : lookup_number(l, a);
	return number && lookup_text(l, number) ? number : NULL_WORD;
}

/* The k-th of the ranges that have a name. */
static void named_range(const struct naming *n, enum name_of what, size_t k, struct addr *lo, struct addr *hi)
{
	size_t count;
	if (what == NAME_COUNTRY) {
		const struct lookup_range *r = lookup_ranges(n->env->countries, &count);
		*lo = r[k].lo;
		*hi = r[k].hi;
	} else {
		const struct zone_range *r = zones_ranges(n->env->zones, &count);
		*lo = r[k].lo;
		*hi = r[k].hi;
	}
}

static size_t named_ranges(const struct naming *n, enum name_of what)
{
	size_t count = 0;
	if (what == NAME_COUNTRY && n->env->countries)
		(void)lookup_ranges(n->env->countries, &count);
	if (what != NAME_COUNTRY && n->env->zones)
		(void)zones_ranges(n->env->zones, &count);
	return count;
}

bool naming_range(const struct naming *n, enum name_of what, size_t i, struct addr *ret_lo, struct addr *ret_hi, uint64_t *ret_number)
{
	size_t count = named_ranges(n, what), k = i / 2; /* even: the gap before the k-th, odd: the k-th */
	struct addr lo, hi;
	if (i > 2 * count)
		return false;
	memset(ret_lo, 0, sizeof(*ret_lo));
	memset(ret_hi, 0xff, sizeof(*ret_hi));
	if (i % 2) {
		named_range(n, what, k, ret_lo, ret_hi);
	} else {
		if (k) {
			named_range(n, what, k - 1, &lo, ret_lo);
			for (size_t b = sizeof(ret_lo->b); b-- > 0 && !++ret_lo->b[b];)
				;
		}
		if (k < count) {
			named_range(n, what, k, ret_hi, &hi);
			for (size_t b = sizeof(ret_hi->b); b-- > 0 && !ret_hi->b[b]--;)
				;
		}
		if (k && addr_is_none(ret_lo)) /* nothing is behind the last */
			*ret_hi = *ret_lo;
	}
	if (addr_is_none(ret_lo) && !addr_is_none(ret_hi))
		ret_lo->b[15] = 1; /* :: is no address */
	*ret_number = naming_addr(n, what, ret_lo, 0);
	return true;
}

/* -- customers ------------------------------------------------------------------------------------------ */

static bool may_say(const struct naming *n, uint32_t customer)
{
	const struct customers *cs = n->env->customers;
	const struct customer *c = customers_at(cs, customer);
	if (scope_is_everything(n->scope))
		return true;
	while (c && !STREQ(c->id, scope_customer_id(n->scope)))
		c = c->parent ? customers_find(cs, c->parent, strlen(c->parent)) : NULL;
	return c;
}

/* The ids of a set, as far as they may be said; several are parted by commas. */
static enum err set_number(struct naming *n, uint32_t set, uint64_t *ret)
{
	struct buf text = { .ceiling = 4096 };
	struct map_entry *e;
	bool fresh;
	uint32_t nearest;
	size_t count, had = n->cap;
	enum err err = owner_set_nearest(n->sets, set, &nearest);
	if (err != OK)
		return err;
	if (set >= n->cap) {
		size_t cap = MAX((size_t)set + 1, n->cap * 2 + 64);
		uint64_t *more = mem_array(n->number_of, cap, sizeof(*more));
		if (!more)
			return E_NOMEM;
		memset(more + had, 0, (cap - had) * sizeof(*more));
		n->number_of = more;
		n->cap = cap;
	}
	const uint32_t *customer = owner_set(n->sets, nearest, &count);
	for (size_t i = 0; i < count; i++)
		if (may_say(n, customer[i]))
			buf_printf(&text, "%s%s", text.len ? "," : "", customers_at(n->env->customers, customer[i])->id);
	*ret = NULL_WORD;
	if (text.len && (err = map_put_str(&n->texts, buf_str(&text), &e, &fresh)) == OK)
		*ret = (uint64_t)(e - n->texts.at);
	buf_free(&text);
	n->number_of[set] = *ret == NULL_WORD ? NULL_WORD : *ret + 1;
	return err;
}

static uint64_t number_of_set(struct naming *n, uint32_t set, enum err *err)
{
	uint64_t number = set < n->cap ? n->number_of[set] : 0;
	if (number)
		return number == NULL_WORD ? NULL_WORD : number - 1;
	*err = set_number(n, set, &number);
	return *err == OK ? number : NULL_WORD;
}

uint64_t naming_customer(struct naming *n, const struct flow_rec *rec, bool destination, enum err *err)
{
	uint32_t set = 0;
	uint64_t number = NULL_WORD;
	if (!n->sets)
		return NULL_WORD;
	pthread_mutex_lock(&n->lock);
	enum err e = customers_owners_of(n->attributor, n->sets, rec, destination ? SIDE_DESTINATION : SIDE_SOURCE, &set);
	if (e == OK && set)
		number = number_of_set(n, set, &e);
	pthread_mutex_unlock(&n->lock);
	if (e != OK)
		*err = e;
	return number;
}

uint64_t naming_port_customer(struct naming *n, const struct addr *agent, uint32_t ifindex, usec_t when, enum err *err)
{
	uint32_t set = 0;
	uint64_t number = NULL_WORD;
	if (!n->sets)
		return NULL_WORD;
	pthread_mutex_lock(&n->lock);
	enum err e = customers_owners_of_port(n->attributor, n->sets, agent, ifindex, when, &set);
	if (e == OK && set)
		number = number_of_set(n, set, &e);
	pthread_mutex_unlock(&n->lock);
	if (e != OK)
		*err = e;
	return number;
}

/* -- back to texts ---------------------------------------------------------------------------------------- */

/* Its entries move when there are more; its keys do not. */
static const char *customer_text(struct naming *n, uint64_t number)
{
	pthread_mutex_lock(&n->lock);
	const char *text = (const char *)n->texts.at[number].key;
	pthread_mutex_unlock(&n->lock);
	return text;
}

void naming_value(struct naming *n, enum name_of what, uint64_t number, struct value *ret)
{
	const struct zones *z = n->env->zones;
	const char *text = NULL;
	size_t ranges;
	*ret = (struct value){ .type = T_TEXT, .null = number == NULL_WORD };
	if (ret->null)
		return;
	switch (what) {
	case NAME_ZONE:     text = zones_name(z, number)->zone; break;
	case NAME_GROUP:    text = zones_name(z, number)->group; break;
	case NAME_PATH:     text = zones_name(z, number)->path; break;
	case NAME_COUNTRY:  text = lookup_text(n->env->countries, (uint32_t)number); break;
	case NAME_AS:       text = lookup_text(n->env->asnames, (uint32_t)number); break;
	case NAME_CUSTOMER: text = customer_text(n, number); break;
	case NAME_SUBNET:   text = zones_ranges(z, &ranges)[number].text; break;
	case NAME_NOTHING: case NAME_DNS: break;
	}
	ret->text = text ? text : "";
	ret->text_len = strlen(ret->text);
	ret->null = !text;
}

void dns_value(const struct query_env *env, const struct addr *a, struct value *ret)
{
	const char *text = env && env->name_of && !addr_is_none(a) ? env->name_of(env->name_arg, a) : NULL;
	*ret = (struct value){ .type = T_TEXT, .null = !text, .text = text ? text : "" };
	ret->text_len = strlen(ret->text);
}
