/* Before rows are stored: where their flows are counted (model/vantage.h), and where hosts are
 * (model/hosts.h).  The collector's storing thread and the importer each have one. */
#pragma once
#include "app/mapping.h"
#include "model/model.h"

struct marking;

/* Zones that cannot be read are an error, which is said; history that cannot be read is begun anew, which is
 * said, too.  Of the mapping (or NULL) only where its ports are is asked: they are edges of the network. */
struct marked { /* borrowed */
	const struct config *config; /* where zones are; until marking_open returns */
	const struct model *model;
	struct mapping *mapping;     /* or NULL; it is taken */
	int folder;                  /* the store's */
};
bool marking_open(const struct marked *of, struct marking **ret);
/* Zones, groups and boundary are read again, and the mapping is this one (or none).  False: what is wrong was
 * said, and what held before still does.  *ret_zones: what of the zones differs. */
bool marking_reload(struct marking *k, const struct config *c, struct mapping *m, struct zones_changes *ret_zones);
void marking_close(struct marking *k);
DEFINE_FREEP(struct marking *, marking_close)

/* False when memory ran out: rows are then unknown, which is said once. */
bool marking_rows(struct marking *k, struct batch *b);
/* What was learnt, once an hour of the rows' time, or now. */
void marking_save(struct marking *k, int folder, bool now);
