/* Between ipfix.c, which walks messages, and record.c, which makes rows of records. */
#pragma once
#include "wire/exporter.h"

/* One message or held set while it is decoded. */
struct export {
	struct wire *w;
	const struct dialect *dialect;
	struct domain *domain;
	const struct domain *zero; /* domain 0 of the same exporter, where that is another one; NULL = not heard */
	struct message message;
	uint32_t records, options; /* data records so far, and those of options among them */
	bool unread;            /* a data set was not read: how many it held is not known */
	uint32_t rate;          /* for records that neither tell a rate nor a sampler */
	uint64_t last_sampler;  /* the sampler looked up last, and what was found */
	uint32_t last_rate;
	bool last_valid;
	unsigned depth;         /* of lists inside lists */
};

/* A data record: counted, and given as one row, as two (both directions), or as none where it
 * tells of no traffic. */
void record_flow(struct export *x, const struct template *t, struct record *rec);
/* What of it is in texts, label stacks and other bytes. */
void record_texts(struct export *x, struct record *rec);
/* The lists inside a record (lists.c): what they tell of the same flow goes to rec's row where that is
 * still empty, flows of their own are given. */
void record_lists(struct export *x, struct record *rec);
/* An options record: sampling rates, interface names and the boot time are remembered. */
void record_options(struct export *x, const struct template *t, const struct record *rec);

/* The number of a set of templates, or of options templates, in messages of that version. */
uint16_t ipfix_template_set(uint16_t version, bool options);
/* A template record that was kept: read as if it had just come, unless d has one of that id.
 * False when it is none. */
bool ipfix_learn_again(struct wire *w, struct domain *d, bool options, struct cur record);
