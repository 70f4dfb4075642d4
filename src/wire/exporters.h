/* Between exporter.c, which keeps exporters and their domains, and those that keep what a domain
 * has told: learned.c templates, sampling rates, applications; numbers.c sequence numbers and data
 * sources; held.c data sets that wait.  All of it counts against the ceilings of the whole here. */
#pragma once
#include "wire/exporter.h"

enum { RECENT = 256 };

struct exporters {
	struct map addresses; /* struct addr -> struct exporter */
	struct map domains;   /* struct domain_key -> struct domain */
	struct domain *recent[RECENT]; /* a shortcut to those heard lately, by recent_slot() */
	size_t template_bytes, samplers, applications, held_bytes, sources;
	usec_t swept, squeezed; /* when all was looked through last: as usual, and for want of room */
	struct held *oldest, *newest;
};

/* A map that did not grow: refused as `full`, or for want of memory. */
static inline bool no_memory(struct wire *w, enum err e, enum reject full)
{
	return reject(w, e == E_LIMIT ? full : NF_NO_MEMORY);
}

/* Out of both lists; `before` is the one before it in its domain, NULL = it is the first. */
void held_unlink(struct wire *w, struct held *h, struct held *before);
