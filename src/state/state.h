/* The door of state/: what must outlive a restart and is not traffic.  One SQLite file (WAL) in a
 * folder of its own: accounts, tokens, sessions, the audit chain, what customers have used.
 *
 * Secrets are never kept: of a token or session only a hash, of a password only argon2id's string.
 * Every function is one transaction; several processes may work on one folder.  One thread at a time
 * for each struct state.  Texts from callers are bound, never glued into SQL.
 *
 * Errors of all: E_IO (disk, permissions), E_BUSY (another process held the file for five seconds),
 * E_CORRUPT, E_NOMEM; state_why() has SQLite's words. */
#pragma once
#include "base/buf.h"

struct state;

/* Makes the folder (0700) and the file when there is none.  E_VERSION: of a newer weir. */
enum err state_open(const char *folder, struct state **ret, struct problem *why) _must_check_;
void state_close(struct state *s);
DEFINE_FREEP(struct state *, state_close)
const char *state_why(const struct state *s);
const char *state_folder(const struct state *s);

enum {
	MAX_NAME = 64,            /* bytes of a user's name */
	MAX_CUSTOMER = 200,       /* of a customer's id, as in the mapping */
	MAX_USERS = 1000000,
	MAX_TOKENS_EACH = 100,    /* live ones of one account */
	MAX_SESSIONS_EACH = 50,   /* a further log-in ends the oldest */
	MAX_CUSTOMERS_EACH = 10000,
	STATE_HASH = 32,
};

/* -- accounts ------------------------------------------------------------------------------------ */

enum who_role {
#define ROLE(id, name, help) id,
#include "state/roles.def"
#undef ROLE
	ROLES
};
const char *role_name(enum who_role r);
const char *role_help(enum who_role r);
enum err role_parse(const char *text, enum who_role *ret) _must_check_; /* E_UNKNOWN */

/* Texts are the arena's of whoever asks: valid until user_free. */
struct user {
	int64_t id;
	char *name;
	enum who_role role;
	char *hash;          /* argon2id; "" = none: by PAM or by tokens alone */
	bool pam, disabled;
	uint8_t totp[32];    /* secret */
	size_t totp_len;     /* 0 = no second factor */
	int64_t totp_step;   /* the last one used: a code serves once */
	char **customer;     /* ids that a customer's account is bound to */
	size_t ncustomer;
	usec_t created, last_login; /* 0 = never */
	uint64_t seen;       /* of what was read, for user_change */
};
void user_free(struct user *u); /* what hangs on it, and wipes the secrets */

/* Letters, digits, and . _ - @ + behind the first; at most MAX_NAME.  E_SYNTAX. */
enum err user_name_check(const char *name, struct problem *why) _must_check_;

/* E_EXISTS; u->id is ignored.  A customer's account needs one customer at least, others have none:
 * E_RANGE. */
enum err user_add(struct state *s, const struct user *u, usec_t now, struct problem *why) _must_check_;
enum err user_find(struct state *s, const char *name, struct user *ret) _must_check_; /* E_UNKNOWN */
enum err user_by_id(struct state *s, int64_t id, struct user *ret) _must_check_;
/* Writes hash, pam, disabled, totp, role and customers of the account u->id, which user_find or user_by_id read:
 * E_BUSY when it was changed since, for then this would undo that.  What makes it weaker or another's (password,
 * second factor, role, customers, disabled) ends its sessions. */
enum err user_change(struct state *s, const struct user *u, struct problem *why) _must_check_;
enum err user_remove(struct state *s, const char *name) _must_check_; /* with its tokens and sessions */
enum err user_each(struct state *s, void (*each)(void *arg, const struct user *u), void *arg) _must_check_;
enum err user_logged_in(struct state *s, int64_t id, usec_t now) _must_check_;
/* True for one caller only: the step is newer than all that were used. */
enum err user_totp_use(struct state *s, int64_t id, int64_t step, bool *ret_first) _must_check_;

/* -- tokens -------------------------------------------------------------------------------------------
 *	weir_ID_SECRET	ID: 12 hex digits, shown in lists; SECRET: 32 random bytes in base64url, shown once */

struct token {
	char id[13];
	int64_t user;
	char *comment;
	char *doors;      /* blank-separated names of what it opens; "" = all that its account may */
	char **customer;  /* fewer than the account's; none = the account's */
	size_t ncustomer;
	usec_t created, expires, last_used; /* last_used 0 = never */
	bool revoked;
};
void token_free(struct token *t);

enum { TOKEN_TEXT = 5 + 12 + 1 + 43 + 1 };

/* Makes id; *ret_text is the only copy of the secret.  E_LIMIT, E_RANGE (expiry not in the future, a
 * customer that the account does not have). */
enum err token_add(struct state *s, struct token *t, usec_t now, char ret_text[static TOKEN_TEXT],
		   struct problem *why) _must_check_;
/* E_UNKNOWN for all that does not open: no such token, revoked, expired, wrong secret.  A use is
 * noted at most once a minute. */
enum err token_find(struct state *s, const char *text, usec_t now, struct token *ret) _must_check_;
enum err token_revoke(struct state *s, const char *id) _must_check_; /* E_UNKNOWN */
/* user 0: of all accounts. */
enum err token_each(struct state *s, int64_t user, void (*each)(void *arg, const struct token *t), void *arg) _must_check_;

/* -- sessions ----------------------------------------------------------------------------------------- */

enum { SESSION_TEXT = 44 }; /* 32 random bytes in base64url, for a cookie */

struct session {
	int64_t user;
	usec_t created, last, expires;
	char csrf[SESSION_TEXT]; /* for forms: follows from the cookie, useless without */
};

struct session_times {
	usec_t idle, most; /* ends so long after its last use, and after its beginning */
};

enum err session_add(struct state *s, int64_t user, const struct session_times *t, usec_t now,
		     char ret_text[static SESSION_TEXT]) _must_check_;
/* E_UNKNOWN when there is none, it is over, or its account is gone or disabled. */
enum err session_find(struct state *s, const char *text, const struct session_times *t, usec_t now,
		      struct session *ret) _must_check_;
enum err session_remove(struct state *s, const char *text) _must_check_;
bool session_csrf_is(const struct session *x, const char *given); /* in constant time */

/* -- attempts ---------------------------------------------------------------------------------------
 * Wrong log-ins by key ("user NAME", "address 192.0.2.1").  The first FREE_ATTEMPTS cost nothing, each
 * further one doubles the wait, up to MAX_WAIT; an hour without one forgets. */

enum { FREE_ATTEMPTS = 5, MAX_ATTEMPT_KEYS = 100000 };
#define MAX_WAIT (15 * USEC_PER_MIN)

/* *ret_until: not before then; 0 = now. */
enum err attempt_allowed(struct state *s, const char *key, usec_t now, usec_t *ret_until) _must_check_;
enum err attempt_failed(struct state *s, const char *key, usec_t now) _must_check_;
/* Both in one: counted as wrong before it is tried, so that many at once win nothing.  *ret_until as above, and
 * then it was not counted; attempt_forget when it was right. */
enum err attempt_take(struct state *s, const char *key, usec_t now, usec_t *ret_until) _must_check_;
enum err attempt_forget(struct state *s, const char *key) _must_check_;

/* A thing that may be used once until it is over, such as an assertion's id.  E_EXISTS the second
 * time; E_LIMIT at a million. */
enum err once_use(struct state *s, const char *what, usec_t expires, usec_t now) _must_check_;

/* -- the audit chain -----------------------------------------------------------------------------------
 * Each row's hash covers its fields and the hash of the row before (SHA-256; lengths precede texts), so
 * that a changed, removed or inserted row shows.  Who can write the file could make a whole new chain:
 * keep a head (seq and hash) elsewhere and give it to audit_verify. */

struct audit {
	int64_t seq;
	usec_t time;
	const char *who, *role, *customer; /* customer: as which; "" = as nobody's */
	const char *from;                  /* address, or "console" */
	const char *action, *what;         /* "query", "login" ...; what was asked, cut at MAX_WHAT */
	const char *outcome;               /* "ok", or why not */
	int64_t rows, usec;                /* given, and how long; -1 = does not apply */
	uint8_t hash[STATE_HASH];
};

enum { MAX_WHAT = 4096 };

enum err audit_add(struct state *s, const struct audit *row) _must_check_; /* seq and hash are made */
enum err audit_head(struct state *s, int64_t *ret_seq, uint8_t ret_hash[static STATE_HASH]) _must_check_;

struct audit_head {
	int64_t seq;
	uint8_t hash[STATE_HASH];
};
/* E_CORRUPT: *why names the first row that is not as it was written, or what else stands in the file that may
 * swallow rows (a trigger, another constraint).  head: as kept elsewhere, or NULL. */
enum err audit_verify(struct state *s, const struct audit_head *head, int64_t *ret_rows, struct problem *why) _must_check_;

struct audit_filter {
	struct span when;                  /* zeroes: all */
	const char *who, *customer, *action; /* NULL: any */
	int64_t last;                      /* the newest so many; 0 = all */
};
/* In order of time.  The row is valid during the call. */
enum err audit_each(struct state *s, const struct audit_filter *f, void (*each)(void *arg, const struct audit *row),
		    void *arg) _must_check_;

/* -- what customers use -------------------------------------------------------------------------------
 * Bounds for each customer and hour, a row each in quotas.def; 0 = no bound. */

struct quota {
#define QUOTA(name, fallback, unit, help) uint64_t name;
#include "state/quotas.def"
#undef QUOTA
};
struct quota_row {
	const char *name, *unit, *help;
	uint64_t fallback;
	size_t offset; /* in struct quota */
};
extern const struct quota_row quota_rows[];
extern const size_t nquota_rows;

struct usage {
	uint64_t queries, cpu_ms, rows;
};

struct quota_ticket; /* one running query */

/* E_LIMIT: *why says which bound is reached and when it is free again.  What runs at once is counted
 * by locks that end with the process, so that a crash leaves nothing taken. */
enum err quota_begin(struct state *s, const char *customer, const struct quota *q, usec_t now,
		     struct quota_ticket **ret, struct problem *why) _must_check_;
unsigned quota_beside(const struct quota_ticket *t); /* how many places before its own were taken */
enum err quota_end(struct quota_ticket *t, const struct usage *used) _must_check_; /* frees it, whatever it returns */
enum err usage_get(struct state *s, const char *customer, usec_t now, struct usage *ret) _must_check_;
