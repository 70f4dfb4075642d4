/* What of sFlow is stepped over: known by name (skipped.def), or in no published list. */
#include "wire/sflow.h"

static const struct {
	enum skip_kind kind;
	uint32_t format;
	const char *name;
} rows[SKIPS] = {
#define SKIPPED(kind_, enterprise, number, name_)                                                  \
	{ .kind = SKIP_IN_##kind_, .format = (enterprise) << 12 | (number), .name = #name_ },
#include "wire/skipped.def"
#undef SKIPPED
};

const char *skipped_name(enum skipped s)
{
	return rows[s].name;
}

bool sflow_skip(struct wire *w, enum skip_kind kind, uint32_t format)
{
	enum skipped s = SKIPPED_unknown + 1;
	while (s < SKIPS && (rows[s].kind != kind || rows[s].format != format))
		s++;
	s = s < SKIPS ? s : SKIPPED_unknown;
	w->totals.skipped[s]++;
	w->totals.structures_skipped += kind != SKIP_IN_SAMPLE;
	return s != SKIPPED_unknown;
}
