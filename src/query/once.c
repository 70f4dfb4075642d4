/* The view `traffic`: which rows count, so that each flow counts once (flow/vantage.h has the bits).
 *
 *	operator   rows taken where their source enters the network
 *	customer   a flow with an address of theirs: likewise.  Else it is theirs by port or MAC:
 *	           - it came in by their port, whatever is known of entries, for a port is one place;
 *	           - it bears their MAC as source, and was taken at its entry;
 *	           - nothing of the source side is theirs, and it left by their port, or bears their MAC
 *	             as destination and was taken at its exit.  A source that is connected to a port of
 *	             theirs elsewhere (hosts.h) was counted there.
 *
 * So inbound and outbound traffic count once each, and what goes from one of their ports to another
 * counts once.  A row of which nothing was known counts, and the answer says so. */
#include "query/exec.h"

#include "flow/vantage.h"

enum { MOST_LOCATED = 65536 };

/* Values of the column of which `wanted` says so. */
static struct pred *values(struct preds *ps, bool (*wanted)(unsigned v))
{
	struct urange u[VANTAGE_VALUES];
	size_t n = 0;
	for (unsigned v = 0; v < VANTAGE_VALUES; v++)
		if (wanted(v))
			u[n++] = (struct urange){ v, v };
	return pred_uints(ps, TR_vantage, u, n);
}

static bool entry(unsigned v)
{
	return v & VANTAGE_ENTRY || !(v & VANTAGE_ENTRY_KNOWN);
}

static bool leaves(unsigned v)
{
	return v & VANTAGE_EXIT || !(v & VANTAGE_EXIT_KNOWN);
}

static bool first_look(unsigned v)
{
	return !(v & VANTAGE_AGAIN);
}

static bool nothing_known(unsigned v)
{
	return !(v & VANTAGE_ENTRY_KNOWN);
}

/* Sources that are connected to a port of theirs. */
static struct pred *located(const struct scope *s, const struct query_env *env, struct preds *ps)
{
	size_t n = 0, all = env->hosts ? hosts_count(env->hosts) : 0;
	struct arange *a = arena_new0(ps->arena, MIN(all, (size_t)MOST_LOCATED) + 1, sizeof(*a));
	for (size_t i = 0; a && i < all && n < MOST_LOCATED; i++) {
		struct host h;
		hosts_at(env->hosts, i, &h);
		if (!addr_is_none(&h.ip) && scope_shows_host(s, env->now, &h)) /* not a predecessor's */
			a[n++] = (struct arange){ h.ip, h.ip };
	}
	return a ? pred_addrs(ps, TR_ipsource, a, n) : NULL;
}

/* Of a customer, by port or MAC. */
static struct pred *by_place(const struct scope *s, const struct query_env *env, struct span span, struct preds *ps)
{
	struct pred *in = scope_by(s, BY_INPUT, span, ps), *out = scope_by(s, BY_OUTPUT, span, ps);
	struct pred *from = scope_by(s, BY_MACSOURCE, span, ps), *to = scope_by(s, BY_MACDESTINATION, span, ps);
	struct pred *first = values(ps, first_look);
	struct pred *sent = pred_or(ps, pred_and(ps, in, first), pred_and(ps, pred_not(ps, in), pred_and(ps, from, values(ps, entry))));
	struct pred *got = pred_or(ps, pred_and(ps, out, first), pred_and(ps, pred_not(ps, out), pred_and(ps, to, values(ps, leaves))));
	struct pred *foreign = pred_and(ps, pred_not(ps, pred_or(ps, in, from)), pred_not(ps, located(s, env, ps)));
	return pred_or(ps, sent, pred_and(ps, foreign, got));
}

struct pred *once_pred(const struct scope *s, const struct query_env *env, struct span span, struct preds *ps,
		       struct pred **ret_unknown)
{
	struct pred *p = values(ps, entry);
	*ret_unknown = values(ps, nothing_known);
	if (!scope_is_everything(s)) {
		struct pred *address = pred_or(ps, scope_by(s, BY_SOURCE, span, ps), scope_by(s, BY_DESTINATION, span, ps));
		p = pred_or(ps, pred_and(ps, address, p), pred_and(ps, pred_not(ps, address), by_place(s, env, span, ps)));
	}
	return *ret_unknown ? p : NULL;
}

const char *once_says(uint64_t counted, uint64_t unknown)
{
	if (!unknown && counted)
		return "done";
	return unknown < counted ? "partly" : "unknown";
}
