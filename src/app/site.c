#include "app/site.h"

#include "app/app.h"
#include "app/dns.h"
#include "app/tables.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int site_failed(const char *what, enum err e, const struct problem *why)
{
	log_error("%s: %s", what, why && why->text[0] ? why->text : e == E_IO && errno ? strerror(errno) : err_text(e));
	return STATUS_FAILED;
}

/* The system's zone by its name, so that tables can say it: what /etc/localtime points at. */
static enum err system_zone(const struct zone **ret)
{
	static const char database[] = "/zoneinfo/";
	char target[512];
	const char *tz = getenv("TZ");
	if (tz && *tz)
		return zone_find(tz, ret) == OK ? OK : zone_find(NULL, ret);
	ssize_t n = readlink("/etc/localtime", target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	const char *name = strstr(target, database);
	if (name && zone_find(name + sizeof(database) - 1, ret) == OK)
		return OK;
	return zone_find("UTC", ret);
}

int site_config(struct site *s, const struct site_options *o)
{
	struct problem why = { 0 };
	enum err e = config_read(o->config, &s->config, &why);
	if (e != OK)
		return site_failed(o->command, e, &why);
	const char *name = o->tz ? o->tz : s->config->time_zone;
	e = *name ? zone_find(name, &s->zone) : system_zone(&s->zone);
	if (e == OK)
		return STATUS_OK;
	log_error("%s: \"%s\" is no time zone", o->command, name);
	return STATUS_USAGE;
}

int site_now(struct site *s, const struct site_options *o)
{
	struct problem why = { 0 };
	s->now = clock_now();
	if (!o->now)
		return STATUS_OK;
	if (instant_parse(o->now, s->now, s->zone, &s->now, &why) != OK) {
		log_error("%s: --now \"%s\": %s", o->command, o->now, why.text);
		return STATUS_USAGE;
	}
	clock_pin(s->now);
	return STATUS_OK;
}

static void open_store(struct site *s, const char *folder)
{
	struct problem why = { 0 };
	errno = 0;
	enum err e = store_open(folder, &s->store, &why);
	if (e == OK && model_load(store_folder(s->store), &s->model, &why) != OK) {
		e = E_CORRUPT;
		store_close(s->store);
		s->store = NULL;
	}
	if (e == E_UNKNOWN)
		problem_set(&s->why_no_store, e, "store \"%s\": there is no store", folder);
	else if (e != OK)
		problem_set(&s->why_no_store, e, "store \"%s\": %s", folder,
			    why.text[0] ? why.text : e == E_IO && errno ? strerror(errno) : err_text(e));
}

/* Zones and databases; where hosts are is the collector's, and without it nothing is known of it. */
static int open_names(struct site *s)
{
	const struct config *c = s->config;
	struct problem why = { 0 };
	enum err e = *c->zones ? zones_load(c->zones, NULL, NULL, &s->zones, &why) : OK;
	if (e == OK && *c->countries)
		e = lookup_load(LOOKUP_COUNTRY, c->countries, &s->countries, &why);
	if (e == OK && *c->asnames)
		e = lookup_load(LOOKUP_ASN, c->asnames, &s->asnames, &why);
	if (e == OK && c->tables.n)
		e = tables_load(c->tables.at, c->tables.n, &s->tables, &why);
	if (e == OK && STREQ(c->resolve, "yes"))
		e = dns_new(&s->dns);
	if (e != OK)
		return site_failed("names", e, &why);
	if (s->store && hosts_load(store_folder(s->store), &s->hosts, &why) != OK)
		log_warn("%s", why.text);
	return STATUS_OK;
}

struct query_env site_env(const struct site *s)
{
	return (struct query_env){ .store = s->store, .model = s->model, .customers = s->mapping, .zones = s->zones, .hosts = s->hosts,
				   .countries = s->countries, .asnames = s->asnames, .name_of = s->dns ? dns_name : NULL,
				   .name_arg = s->dns, .table_text = s->tables ? tables_text : NULL, .table_arg = s->tables, .zone = s->zone, .now = s->now };
}

int site_store(struct site *s, const struct site_options *o)
{
	open_store(s, o->store ? o->store : s->config->store);
	enum err e = s->model ? OK : model_new(&s->model);
	if (e == OK)
		e = config_name_interfaces(s->config, s->model);
	return e == OK ? open_names(s) : site_failed("interfaces of the configuration", e, NULL);
}

/* Where the last good copy of a URL is kept: beside the model. */
static int copies(const struct site *s)
{
	return s->store ? openat(store_folder(s->store), "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

int site_mapping(struct site *s, const struct site_options *o)
{
	const char *from = o->customers ? o->customers : s->config->customers;
	_cleanup_(fd_closep) int folder = *from ? copies(s) : -1;
	_cleanup_(customers_keeper_freep) struct customers_keeper *k = NULL;
	struct problem why = { 0 };
	bool changed;
	if (!*from)
		return STATUS_OK;
	const struct customers_options options = config_customers(s->config);
	const struct customers_source source = { .from = from, .zone = s->zone, .options = &options, .copies = folder };
	enum err e = customers_keeper_new(&source, &k);
	if (e == OK)
		e = customers_refresh(k, NULL, NULL, &changed, &why);
	s->mapping = k ? customers_current(k) : NULL;
	if (!s->mapping)
		return site_failed(from, e, &why);
	if (e != OK)
		log_warn("%s: %s; the last good copy is used", o->command, why.text);
	return STATUS_OK;
}

int site_scope(struct site *s, const struct site_options *o, const char *id)
{
	struct problem why = { 0 };
	if (id && !s->mapping) {
		log_error("%s: --customer \"%s\": there is no customers mapping (--customers FILE, or customers: in the configuration)",
			  o->command, id);
		return STATUS_USAGE;
	}
	enum err e = id ? scope_customer(s->mapping, id, s->model, &s->scope, &why) : scope_everything(&s->scope);
	return e == OK ? STATUS_OK : site_failed(o->command, e, &why);
}

int site_open(struct site *s, const struct site_options *o)
{
	int status;
	if ((status = site_config(s, o)) != STATUS_OK || (status = site_now(s, o)) != STATUS_OK || (status = site_store(s, o)) != STATUS_OK)
		return status;
	if (!s->store)
		return site_failed(o->command, E_IO, &s->why_no_store);
	if ((status = site_mapping(s, o)) != STATUS_OK)
		return status;
	return site_scope(s, o, o->customer);
}

void site_release(struct site *s)
{
	scope_free(s->scope);
	customers_freep(&s->mapping);
	zones_free(s->zones);
	hosts_free(s->hosts);
	lookup_free(s->countries);
	lookup_free(s->asnames);
	dns_free(s->dns);
	tables_free(s->tables);
	model_freep(&s->model);
	store_closep(&s->store);
	config_freep(&s->config);
}
