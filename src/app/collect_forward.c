/* Forwarding, as the configuration tells it: rules for collect/, and whose is what for those with customers.
 *
 * Rules and receivers are those of the start (their sockets are opened before the jail).  Another mapping counts
 * as soon as housekeeping has read it, and ports by name are looked up again each minute, and when interfaces were
 * learnt. */
#include "app/collect.h"

#include "base/log.h"

#include <stdio.h>

static enum err wrong(struct problem *why, size_t rule, const char *what, const char *text)
{
	return problem_set(why, E_SYNTAX, "forward %zu: %s \"%.100s\"", rule + 1, what, text);
}

static enum err read_places(struct arena *a, const struct config_forward *c, size_t i, struct forward_rule *r,
			    struct problem *why)
{
	struct listen_at *to = arena_new0(a, c->to.n + 1, sizeof(*to));
	struct prefix *from = arena_new0(a, c->exporters.n + 1, sizeof(*from));
	struct problem reason = { 0 };
	const char *text;
	if (!to || !from)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	for (size_t k = 0; k < c->to.n; k++)
		if (listen_parse(c->to.at[k], &to[k], &reason) != OK)
			return problem_set(why, E_SYNTAX, "forward %zu: to: %s", i + 1, reason.text);
	for (size_t k = 0; k < c->exporters.n; k++)
		if (!prefix_parse(c->exporters.at[k], strlen(c->exporters.at[k]), &from[k], &text))
			return problem_set(why, E_SYNTAX, "forward %zu: exporters: \"%.60s\": %s", i + 1, c->exporters.at[k], text);
	r->to = to;
	r->nto = c->to.n;
	r->from = from;
	r->nfrom = c->exporters.n;
	return OK;
}

enum err forward_rules(const struct config *c, struct arena *a, const struct forward_rule **ret, struct problem *why)
{
	struct forward_rule *rule = arena_new0(a, c->forward.n + 1, sizeof(*rule));
	if (!rule)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	for (size_t i = 0; i < c->forward.n; i++) {
		const struct config_forward *f = &c->forward.at[i];
		struct forward_rule *r = &rule[i];
		if (!forward_what_parse(f->what, &r->what))
			return wrong(why, i, "what must be raw, sampled or customer, not", f->what);
		if (*f->source && !STREQ(f->source, "own") && !STREQ(f->source, "keep"))
			return wrong(why, i, "source must be own or keep, not", f->source);
		r->keep_source = STREQ(f->source, "keep");
		r->one_in = f->one_in;
		r->customer = f->customer;
		enum err err = read_places(a, f, i, r, why);
		if (err != OK)
			return err;
		if (r->what == FORWARD_CUSTOMER && !*c->customers)
			return problem_set(why, E_SYNTAX, "forward %zu: what: customer needs customers: a mapping", i + 1);
	}
	*ret = rule;
	return OK;
}

/* Of the mapping and the interfaces as they are now. */
static void hand_over(struct collecting *g)
{
	struct attributor *owners = NULL;
	size_t unknown = 0;
	enum err err = attributor_new(g->forwarded, g->model, &owners);
	if (err == OK)
		err = collector_owners(g->collector, g->forwarded, owners, &unknown);
	if (err != OK)
		log_error("forward: %s; forwarding goes on with the mapping before", err_text(err));
	if (unknown != g->unmapped)
		log_warn("forward: %zu rules name a customer that is not in the mapping; they send nothing", unknown);
	g->unmapped = unknown;
	g->mapped_interfaces = model_size(g->model);
}

/* Names may also move from one known interface to another. */
void forward_tick(struct collecting *g, bool minute)
{
	if (!collector_wants_owners(g->collector))
		return;
	struct customers *now = mapping_now(g->mapping);
	bool other = now && now != g->forwarded; /* of none, which is a slip of the configuration, the last one holds */
	if (other) {
		customers_free(g->forwarded);
		g->forwarded = now;
	} else {
		customers_free(now);
	}
	if (other || (g->forwarded && (minute || model_size(g->model) != g->mapped_interfaces)))
		hand_over(g);
}
