/* The door of rest/: scripts that have an address.  A folder of NAME.js files with a head of comments; a
 * request names one, gives inputs, and gets bytes with a media type.  What HTTP is made of (sockets,
 * headers, sessions) is the server's; this is what stands behind it.
 *
 *	request -> find -> may this caller? -> cached? -> run under the caller's scope -> reply
 *
 * Files are read again when they change.  Answers are kept for the ttl of the head, by script, text of the
 * script, role, scope, privacy, version of the mapping, grants, zone and inputs: what one caller was answered
 * is never given to one who would be answered otherwise.  Any thread may call everything. */
#pragma once
#include "script/script.h"

struct rest;

struct rest_options {
	const char *folder;         /* of NAME.js */
	struct script_pool *pool;   /* NULL: a process is forked for each run */
	size_t cache_bytes;         /* 0 = 64 MB */
	unsigned wait_ms;           /* for a place in the pool; 0 = 10 s */
};

/* All borrowed until rest_free.  A folder that is not there is one without scripts. */
enum err rest_new(const struct rest_options *opt, struct rest **ret) _must_check_;
void rest_free(struct rest *r); /* nothing may run */
DEFINE_FREEP(struct rest *, rest_free)

/* -- who asks what -------------------------------------------------------------------------------- */

struct rest_caller {
	const char *role;              /* "guest", "customer", "operator", "admin" */
	const char *owner;             /* for fairness and limits: customer's id, account */
	struct addr from;              /* none: the console */
	const char *user, *password;   /* HTTP basic; NULL: not given */
	const struct scope *scope;     /* what it may see; a customer's is never everything */
	struct script_grants grants;   /* what its scripts may beside asking */
	struct script_limits limits;   /* fields of 0: the role's defaults */
};

struct rest_request {
	const char *name;              /* of a script; NULL: source is run as it stands */
	const char *source;
	size_t len;
	const char *format;            /* with a source: resultFormat; NULL = txt */
	const struct script_input *input;
	size_t ninput;
	struct query_env env;
	const char *why_no_store;      /* as in script_job */
};

struct rest_reply {
	int status;                    /* of HTTP: 200, 400, 401, 403, 404, 429, 500, 504 */
	const char *type;              /* media type; a constant */
	struct buf body;               /* an error's is application/problem+json (RFC 9457) */
	bool cached;
	unsigned age_s, ttl_s;         /* of a cached answer */
};
void rest_reply_free(struct rest_reply *y);

/* Always a reply; E_NOMEM alone leaves none. */
enum err rest_run(struct rest *r, const struct rest_caller *c, const struct rest_request *q, struct rest_reply *ret) _must_check_;

/* The addresses: /api/v1/scripts/NAME, and the reference product's /inmsf/rest/NAME and /inmsf/Query
 * (its inputs script and resultFormat are taken out of *q, `authenticate` is left unread).  name is the buffer's.
 * False: the path is none of these. */
enum { REST_NAME = 64, REST_INPUTS = 256 };
bool rest_route(const char *path, struct rest_request *q, struct script_input *input, char name[static REST_NAME]);

/* -- what there is, and how it fares --------------------------------------------------------------- */

struct rest_info {
	const char *name, *author, *version, *description, *inputs, *format, *roles;
	unsigned ttl_s;
	const char *wrong;             /* "" = it can run; else what its head gets wrong, "FILE:LINE: ..." */
	usec_t changed;                /* the file */
	uint64_t runs, hits, errors;
	usec_t took, cpu, last;        /* sums of the runs; when it ran last, 0 = never */
};
/* By name.  staff: all; else those that `role` may run. */
enum err rest_each(struct rest *r, const char *role, void (*each)(void *arg, const struct rest_info *i), void *arg) _must_check_;

struct rest_running {
	uint64_t id;
	const char *name, *owner, *role;
	usec_t started; /* clock_now */
};
void rest_each_running(struct rest *r, void (*each)(void *arg, const struct rest_running *x), void *arg);
bool rest_kill(struct rest *r, uint64_t id); /* false: it does not run (any more) */

/* The lines a head may have, for help. */
struct rest_head_row {
	const char *key, *help;
};
extern const struct rest_head_row rest_head_rows[];
extern const size_t nrest_head_rows;
