/* Inside of model/: how interfaces are kept.  model.c learns and answers, interfaces.c saves and
 * loads.
 *
 *   by_key   agent, ifIndex -> entry                   every interface
 *   by_name  agent, ifName  -> ring of entries         newest first; a name can be told of two
 *                                                      numbers while a device renumbers
 *   book     entries by agent, then ifIndex            made when asked for, see book_make()
 *
 * Entries never move and are never removed, so pointers into them are good as long as the model;
 * only their texts are replaced. */
#pragma once
#include "base/map.h"
#include "model/model.h"

enum {
	MAX_INTERFACES = 1000000, /* what exporters can make us remember */
	MAX_NAME = 255,           /* bytes of a name or alias; longer ones are cut */
};

struct entry {
	struct iface is;             /* first: what readers get */
	bool speed_configured;       /* exports do not change it */
	usec_t saved_seen;           /* last_seen as it was when it last counted as a change */
	struct entry *newer, *older; /* ring of the same agent and name */
};

/* What may change though the model is const to the caller. */
struct book {
	struct entry **at; /* by agent, then ifIndex */
	size_t n;          /* < number of interfaces: stale */
	bool changed;      /* since load or save */
};

struct model {
	struct map by_key, by_name;
	struct entry **all; /* in the order learnt */
	size_t n, cap;
	struct book *book;
	struct texts *texts;
};

enum err model_learn(struct model *m, const struct iface_note *note,
		     bool speed_configured) _must_check_;
enum err book_make(const struct model *m) _must_check_;
void name_first(struct model *m, struct entry *e); /* its name means e from now on */
