/* Before rows are stored: where their flows are counted (model/vantage.h), and where hosts are
 * (model/hosts.h).  The collector's storing thread and the importer each have one. */
#pragma once
#include "app/config.h"

struct marking;

/* folder: the store's.  Zones that cannot be read are an error, which is said; history that cannot be
 * read is begun anew, which is said, too.  c: where zones and customers are; m is borrowed. */
bool marking_open(const struct config *c, const struct model *m, int folder, struct marking **ret);
/* Zones, groups, boundary and the ports of customers are read again.  False: what is wrong was said, and
 * what held before still does. */
bool marking_reload(struct marking *k, const struct config *c);
void marking_close(struct marking *k);
DEFINE_FREEP(struct marking *, marking_close)

/* False when memory ran out: rows are then unknown, which is said once. */
bool marking_rows(struct marking *k, struct batch *b);
/* What was learnt, once an hour of the rows' time, or now. */
void marking_save(struct marking *k, int folder, bool now);
