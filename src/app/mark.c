#include "app/mark.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { SAVE_MINUTES = 60 };

struct marking {
	struct zones *zones;         /* NULL: none are named */
	struct mapping *mapping;     /* likewise */
	struct customers *customers; /* of it, as taken last */
	const struct model *model;
	struct vantage *vantage;
	struct hosts *hosts;
	uint64_t minute, saved;      /* of the rows */
	size_t rows_since;           /* the last turn of a minute, which is a walk over all hosts */
	bool failed;
};

void marking_close(struct marking *k)
{
	if (!k)
		return;
	vantage_free(k->vantage);
	hosts_free(k->hosts);
	zones_free(k->zones);
	customers_free(k->customers);
	mapping_drop(k->mapping);
	mem_free(k);
}

static bool said(const char *what, enum err err, const struct problem *why)
{
	log_error("%s%s%s", what, *what ? ": " : "", why->text[0] ? why->text : err == E_IO ? strerror(errno) : err_text(err));
	return false;
}

static enum err load_history(struct marking *k, int folder)
{
	struct problem why = { 0 };
	enum err err = vantage_load(folder, &k->vantage, &why);
	if (err != OK) {
		log_warn("%s; where flows are counted is learnt anew", why.text);
		err = vantage_new(&k->vantage);
	}
	if (err != OK)
		return err;
	why = (struct problem){ 0 };
	if ((err = hosts_load(folder, &k->hosts, &why)) != OK) {
		log_warn("%s; where hosts are is learnt anew", why.text);
		err = hosts_new(&k->hosts);
	}
	return err == OK ? vantage_boundary(k->vantage, k->zones, k->customers, k->model, k->hosts) : err;
}

bool marking_open(const struct marked *of, struct marking **ret)
{
	_cleanup_(marking_closep) struct marking *k = mem_new0(1, sizeof(*k));
	struct problem why = { 0 };
	if (!k)
		return said("zones", E_NOMEM, &why);
	k->model = of->model;
	enum err err = *of->config->zones ? zones_load(of->config->zones, NULL, NULL, &k->zones, &why) : OK;
	if (err != OK)
		return said("", err, &why);
	k->mapping = mapping_take(of->mapping);
	k->customers = mapping_now(k->mapping);
	if ((err = load_history(k, of->folder)) != OK)
		return said("model", err, &why);
	*ret = k;
	k = NULL;
	return true;
}

bool marking_reload(struct marking *k, const struct config *c, struct mapping *m, struct zones_changes *ret_zones)
{
	struct zones *zones = NULL;
	struct problem why = { 0 };
	enum err err = *c->zones ? zones_load(c->zones, NULL, NULL, &zones, &why) : OK;
	if (err != OK)
		return said("", err, &why);
	struct customers *customers = mapping_now(m);
	err = vantage_boundary(k->vantage, zones, customers, k->model, k->hosts);
	const enum err compared = zones_compare(k->zones, zones, ret_zones);
	zones_free(k->zones);
	customers_free(k->customers);
	mapping_drop(k->mapping);
	k->zones = zones;
	k->customers = customers;
	k->mapping = mapping_take(m);
	err = err == OK ? compared : err;
	return err == OK || said("model", err, &why); /* the next minute tries again */
}

/* Ports by name may have become known, and the mapping may be another. */
static enum err turn(struct marking *k, uint64_t minute)
{
	k->minute = minute;
	k->rows_since = 0;
	if (!k->saved)
		k->saved = minute;
	hosts_turn(k->hosts);
	customers_free(k->customers);
	k->customers = mapping_now(k->mapping);
	return vantage_boundary(k->vantage, k->zones, k->customers, k->model, k->hosts);
}

bool marking_rows(struct marking *k, struct batch *b)
{
	enum err err = OK;
	if (b->table->id != TABLE_TRAFFIC || !b->n)
		return true;
	uint64_t minute = batch_uint(b, TR_time, b->n / 2) / (uint64_t)USEC_PER_MIN;
	k->rows_since += b->n;
	if ((minute > k->minute || minute + 60 < k->minute) && k->rows_since >= hosts_count(k->hosts) / 16)
		err = turn(k, minute);
	if (err == OK)
		err = hosts_learn(k->hosts, b);
	if (err == OK)
		err = vantage_mark(k->vantage, b);
	if (err != OK && !k->failed)
		log_error("where flows are counted: %s", err_text(err));
	k->failed = err != OK;
	return err == OK;
}

void marking_save(struct marking *k, int folder, bool now)
{
	if (!now && k->minute >= k->saved && k->minute < k->saved + SAVE_MINUTES)
		return;
	if (now) /* what came since the last turn has its place, too: a short import is less than a minute's batch */
		hosts_turn(k->hosts);
	enum err err = vantage_save(k->vantage, folder);
	if (err == OK)
		err = hosts_save(k->hosts, folder);
	if (err != OK)
		log_warn("where flows are counted could not be saved: %s", err == E_IO ? strerror(errno) : err_text(err));
	k->saved = k->minute;
}
