/* weir store attribute, weir store rollup: whose the rows are, and what they add up to, under the configured
 * mapping as it is now. */
#include "app/attributing.h"
#include "app/cmd_store.h"
#include "app/site.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

/* Configuration, store and mapping; site.mapping NULL: there is none. */
static int open_site(const struct store_cmd *s, struct site *site)
{
	const struct site_options at = { .command = "store", .store = s->store, .config = s->config };
	int status = site_config(site, &at);
	if (status == STATUS_OK)
		status = site_store(site, &at);
	return status == STATUS_OK ? site_mapping(site, &at) : status;
}

static int close_writer(const struct store_cmd *s, struct store_writer *w, enum err err)
{
	enum err closed = store_write_close(w);
	return err == OK && closed == OK ? STATUS_OK : store_failed(s->store, err != OK ? err : closed, NULL);
}

/* Of segments that a collector would leave for later, too. */
int store_attribute_cmd(const struct store_cmd *s)
{
	struct site site = { 0 };
	const struct attribute_options all = { .fresh = true };
	struct attribute_report r = { 0 };
	struct store_writer *w;
	int status = open_site(s, &site);
	if (status == STATUS_OK && !site.mapping) {
		log_error("store: attribute: there is no customers mapping (customers: in the configuration)");
		status = STATUS_USAGE;
	}
	if (status == STATUS_OK)
		status = store_open_writer(s, &w);
	if (status == STATUS_OK) {
		enum err err = store_seal(w);
		if (err == OK)
			err = attribute_store(w, site.mapping, site.model, &all, &r);
		status = close_writer(s, w, err);
		if (status == STATUS_OK && !s->json)
			printf("%zu segments attributed: %" PRIu64 " rows, %" PRIu64 " bytes; %zu were already\n", r.made, r.rows, r.bytes, r.there);
	}
	site_release(&site);
	return status;
}

int store_rollup_cmd(const struct store_cmd *s)
{
	struct site site = { 0 };
	struct rollup_report r = { 0 };
	struct store_writer *w;
	int status = open_site(s, &site);
	if (status == STATUS_OK)
		status = store_open_writer(s, &w);
	if (status == STATUS_OK) {
		status = close_writer(s, w, rollup_store(w, site.mapping, site.model, NULL, &r));
		if (status == STATUS_OK && !s->json)
			printf("%zu roll-ups made: %" PRIu64 " rows became %" PRIu64 ", %" PRIu64 " bytes; %zu were replaced\n", r.made, r.rows_in,
			       r.rows_out, r.bytes_out, r.replaced);
		if (status == STATUS_OK && r.unreadable)
			printf("%zu segments cannot be read: see weir store check\n", r.unreadable);
	}
	site_release(&site);
	return status;
}
