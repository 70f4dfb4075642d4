/* What the commands about accounts stand on: the configuration's state folder, opened; and what every
 * asking command does around its work when there is one: quota, then a row of the audit log. */
#pragma once
#include "app/config.h"
#include "state/state.h"

/* The configuration (-c, NULL: the default one), and the state folder: --state DIR (NULL: not given), else the
 * configuration's `state`.  Says on stderr what is wrong; an exit status.  *ret_conf is the caller's in any case. */
int accounts_open(const char *command, const char *config, const char *folder, struct config **ret_conf, struct state **ret);

/* Who sits at the console: the login name; returns buf. */
const char *console_user(char buf[static MAX_NAME + 1]);

/* One question that is asked.  Without a state folder nothing is counted or logged. */
struct asked {
	const char *command;  /* "query", "top" ... */
	const char *customer; /* NULL: everything */
	const char *what;     /* the script, the query */
	struct state *state;
	struct quota_ticket *ticket;
	usec_t started; /* monotonic */
};

/* Refused (a quota is used up, the log cannot be opened): says so, STATUS_FAILED.  A customer's second
 * query at once runs with less priority, its third with less still, so that nobody is slowed down by
 * one who asks a lot. */
int asked_begin(struct asked *a, const struct config *c);
int asked_nice(const struct asked *a); /* that priority, as nice(1) counts */
/* status: how it ended; rows: given out, -1 = not known.  A row that cannot be written makes STATUS_FAILED. */
int asked_end(struct asked *a, int status, int64_t rows);
