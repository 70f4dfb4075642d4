/* Sidecars kept up with the mapping: by the collector's housekeeping, and by weir store attribute. */
#pragma once
#include "app/mapping.h"
#include "store/store.h"

struct attributing;

/* *ret NULL: m is. */
enum err attributing_new(struct mapping *m, struct attributing **ret) _must_check_;
void attributing_free(struct attributing *a);
DEFINE_FREEP(struct attributing *, attributing_free)

/* Sidecars for the sealed segments that lack them under the mapping and the model as they are now; those
 * of other versions go.  Looks whether the mapping changed, and does nothing while neither did, unless there is
 * something new (`more`). */
enum err attributing_round(struct attributing *a, struct store_writer *w, const struct attribute_options *opt, bool more,
			   struct attribute_report *ret) _must_check_;

/* Roll-ups that segments lack, with the owners of the last attributing_round; a may be NULL: nobody owns
 * anything.  None while there is a mapping that could not be read yet. */
enum err attributing_rollups(struct attributing *a, struct store_writer *w, const struct rollup_options *opt,
			     struct rollup_report *ret) _must_check_;
/* Of this mapping (or NULL) and model. */
enum err rollup_store(struct store_writer *w, const struct customers *c, const struct model *m,
		      const struct rollup_options *opt, struct rollup_report *ret) _must_check_;

/* Sidecars once, of this mapping and model. */
enum err attribute_store(struct store_writer *w, const struct customers *c, const struct model *m,
			 const struct attribute_options *opt, struct attribute_report *ret) _must_check_;
