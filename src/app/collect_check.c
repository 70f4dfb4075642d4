/* weir collect --check: is the configuration right?  Nothing is opened, made or listened at. */
#include "app/collect.h"

#include "app/app.h"
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

static bool check_places(const struct config *c)
{
	struct problem why = { 0 };
	struct listen_at at;
	bool good = c->listen.n <= MAX_LISTEN;
	if (!good)
		log_error("collect.listen: at most %d places", MAX_LISTEN);
	for (size_t i = 0; i < c->listen.n; i++)
		if (listen_parse(c->listen.at[i], &at, &why) != OK) {
			log_error("collect.listen: %s", why.text);
			good = false;
		} else if (at.transport == TRANSPORT_TLS && (!*c->tls_certificate || !*c->tls_key)) {
			log_error("collect.listen: \"%s\" wants collect.tls_certificate and collect.tls_key", c->listen.at[i]);
			good = false;
		}
	return good;
}

static bool check_files(const struct config *c)
{
	const char *const file[] = { c->tls_certificate, c->tls_key, c->tls_clients };
	bool good = true;
	for (size_t i = 0; i < COUNT_OF(file); i++)
		if (*file[i] && access(file[i], R_OK) < 0) {
			log_error("%s: %m", file[i]);
			good = false;
		}
	return good;
}

int collect_check(const struct config *c)
{
	bool good = check_places(c);
	good &= check_files(c);
	if (c->workers > MAX_WORKERS) {
		log_error("collect.workers: at most %d", MAX_WORKERS);
		good = false;
	}
	if (!good)
		return STATUS_FAILED;
	printf("%s is right: store %s, %zu places, %zu limits of retention, %zu agents, %zu interfaces\n",
	       *c->path ? c->path : "no file is there, and that", c->store, c->listen.n, c->retention.n, c->agents.n,
	       c->interfaces.n);
	return STATUS_OK;
}
