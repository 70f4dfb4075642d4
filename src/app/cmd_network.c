/* weir reconcile [INTERVAL]     what flows estimate against what interfaces counted
 * weir hosts [ADDRESS]...       (or MAC, or AGENT>IFINDEX) which address is at which port, learnt from sFlow */
#include "app/accounts.h"
#include "app/app.h"
#include "app/site.h"
#include "base/log.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum form { FORM_TEXT, FORM_CSV, FORM_JSON };

struct network_cmd {
	struct site_options at;
	enum form form;
};

static const struct option long_options[] = {
	{ "csv", no_argument, NULL, 'C' },
	{ "json", no_argument, NULL, 'J' },
	{ 0 },
};

static bool take_option(void *arg, int opt)
{
	struct network_cmd *cmd = arg;
	cmd->form = opt == 'C' ? FORM_CSV : FORM_JSON;
	return true;
}

static bool take_options(struct network_cmd *cmd, int argc, char **argv)
{
	const struct own_options own = { .at = long_options, .take = take_option };
	return site_take_options(&cmd->at, &own, cmd, argc, argv);
}

static int help(const char *text)
{
	fputs(text, stdout);
	fputs("  --csv, --json      instead of a table for people\n", stdout);
	site_options_help();
	return STATUS_OK;
}

static int print_table(const struct network_cmd *cmd, const struct result *t)
{
	_cleanup_(buf_free) struct buf out = { 0 };
	if (cmd->form == FORM_CSV)
		result_csv(t, true, &out);
	else if (cmd->form == FORM_JSON)
		result_json(t, &out);
	else
		result_text(t, &out);
	if (!out.bad && fwrite(out.data, 1, out.len, stdout) == out.len)
		return STATUS_OK;
	log_error("%s: %s", cmd->at.command, out.bad ? err_text(out.bad) : strerror(errno));
	return STATUS_FAILED;
}

/* -- reconcile ---------------------------------------------------------------------------------------- */

static int run_reconcile(const struct network_cmd *cmd, const struct site *s, const char *interval)
{
	const struct query_env env = site_env(s);
	struct asked asked = { .command = cmd->at.command, .customer = cmd->at.customer, .what = interval };
	struct problem why = { 0 };
	struct result t = { 0 };
	int status = asked_begin(&asked, s->config);
	if (status != STATUS_OK)
		return status;
	enum err e = reconcile(&env, s->scope, interval, &t, &why);
	status = e == OK ? print_table(cmd, &t) : site_failed(cmd->at.command, e, &why);
	if (e == E_SYNTAX)
		status = STATUS_USAGE;
	status = asked_end(&asked, status, (int64_t)t.nrows);
	result_free(&t);
	return status;
}

int cmd_reconcile(int argc, char **argv)
{
	struct network_cmd cmd = { .at.command = "reconcile" };
	struct site s = { 0 };
	if (!take_options(&cmd, argc, argv))
		return usage_hint("reconcile");
	if (argc - optind > 1) {
		log_error("reconcile: \"%s\": it takes one interval", argv[optind + 1]);
		return usage_hint("reconcile");
	}
	if (cmd.at.help)
		return help("usage: weir reconcile [OPTION]... [INTERVAL]\n\n"
			    "What flows estimate of each interface, against what it counted; what disagrees comes\n"
			    "first, with the likely reason.  INTERVAL is today unless it is given.\n\n");
	int status = site_open(&s, &cmd.at);
	if (status == STATUS_OK)
		status = run_reconcile(&cmd, &s, optind < argc ? argv[optind] : "today");
	site_release(&s);
	return status;
}

/* -- hosts ----------------------------------------------------------------------------------------------- */

static enum err host_columns(struct result *t)
{
	static const struct {
		const char *name;
		enum field_type type;
	} cols[] = { { "address", T_ADDR }, { "mac", T_MAC }, { "interface", T_IFACE }, { "ifname", T_TEXT }, { "vlan", T_UINT },
		     { "firstseen", T_TIME }, { "lastseen", T_TIME } };
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(cols) && e == OK; i++)
		e = result_add_col(t, cols[i].name, cols[i].type, U_NONE);
	return e;
}

static enum err put_text(struct result *t, size_t row, size_t col, const struct value *v)
{
	char buf[VALUE_TEXT];
	const char *text = v->null ? "" : value_format(v, buf);
	return *text ? result_set_text(t, row, col, text, strlen(text)) : OK;
}

static enum err put_host(const struct site *s, const struct host *h, struct result *t)
{
	const struct iface *i = addr_is_none(&h->agent) ? NULL : model_iface(s->model, &h->agent, h->ifindex);
	const struct value text[] = {
		{ .type = T_ADDR, .addr = h->ip, .null = addr_is_none(&h->ip) },
		{ .type = T_MAC, .num = h->mac, .null = !h->mac },
		{ .type = T_IFACE, .addr = h->agent, .num = h->ifindex, .null = addr_is_none(&h->agent) },
		{ .type = T_TEXT, .text = i ? i->name : "", .null = !i },
	};
	size_t row;
	enum err e = result_add_row(t, &row);
	for (size_t c = 0; c < COUNT_OF(text) && e == OK; c++)
		e = put_text(t, row, c, &text[c]);
	if (e != OK)
		return e;
	if (h->vlan)
		result_set_num(t, row, 4, h->vlan);
	if (h->first_seen)
		result_set_num(t, row, 5, (double)h->first_seen);
	result_set_num(t, row, 6, (double)h->last_seen);
	return OK;
}

/* What a host is asked for by: its MAC, its address, or the port it is at. */
struct wanted {
	enum { BY_MAC, BY_ADDRESS, BY_PORT } by;
	uint64_t mac;
	struct addr addr; /* its own, or the agent's */
	uint32_t ifindex;
};

static bool wanted_parse(const char *s, struct wanted *ret)
{
	size_t len = strlen(s);
	*ret = (struct wanted){ .by = BY_MAC };
	if (mac_parse(s, len, &ret->mac))
		return true;
	ret->by = strchr(s, '>') ? BY_PORT : BY_ADDRESS;
	return ret->by == BY_PORT ? iface_parse(s, len, &ret->addr, &ret->ifindex) : addr_parse(s, len, &ret->addr);
}

static bool is_wanted(const struct wanted *w, const struct host *h)
{
	switch (w->by) {
	case BY_MAC:     return h->mac == w->mac;
	case BY_ADDRESS: return addr_equal(&h->ip, &w->addr);
	case BY_PORT:    break;
	}
	return h->ifindex == w->ifindex && addr_equal(&h->agent, &w->addr);
}

static enum err fill_hosts(const struct site *s, int n, char **name, struct result *t)
{
	enum err e = host_columns(t);
	for (size_t i = 0; s->hosts && !n && i < hosts_count(s->hosts) && e == OK; i++) {
		struct host h;
		hosts_at(s->hosts, i, &h);
		if (scope_shows_host(s->scope, s->now, &h))
			e = put_host(s, &h, t);
	}
	for (int i = 0; i < n && e == OK; i++) {
		struct wanted want;
		struct host h;
		if (!wanted_parse(name[i], &want)) {
			log_error("hosts: \"%s\": an address, a MAC or a port AGENT>IFINDEX is wanted", name[i]);
			return E_SYNTAX;
		}
		for (size_t k = 0; s->hosts && k < hosts_count(s->hosts) && e == OK; k++) {
			hosts_at(s->hosts, k, &h);
			if (is_wanted(&want, &h) && scope_shows_host(s->scope, s->now, &h))
				e = put_host(s, &h, t);
		}
	}
	if (s->zone)
		snprintf(t->zone, sizeof(t->zone), "%s", zone_name(s->zone));
	return e;
}

static int run_hosts(const struct network_cmd *cmd, const struct site *s, int n, char **name)
{
	_cleanup_(buf_free) struct buf what = { .ceiling = 1 << 20 };
	struct result t = { 0 };
	for (int i = 0; i < n; i++)
		buf_printf(&what, "%s%s", i ? " " : "", name[i]);
	struct asked asked = { .command = "hosts", .customer = cmd->at.customer, .what = buf_str(&what) };
	int status = asked_begin(&asked, s->config);
	if (status != STATUS_OK)
		return status;
	enum err e = fill_hosts(s, n, name, &t);
	status = e == OK ? print_table(cmd, &t) : e == E_SYNTAX ? STATUS_USAGE : site_failed("hosts", e, NULL);
	status = asked_end(&asked, status, (int64_t)t.nrows);
	result_free(&t);
	return status;
}

int cmd_hosts(int argc, char **argv)
{
	struct network_cmd cmd = { .at.command = "hosts" };
	struct site s = { 0 };
	if (!take_options(&cmd, argc, argv))
		return usage_hint("hosts");
	if (cmd.at.help)
		return help("usage: weir hosts [OPTION]... [ADDRESS, MAC or AGENT>IFINDEX]...\n\n"
			    "Which address is at which port of which switch, as sFlow samples tell.\n\n");
	int status = site_open(&s, &cmd.at);
	if (status == STATUS_OK)
		status = run_hosts(&cmd, &s, argc - optind, argv + optind);
	site_release(&s);
	return status;
}
