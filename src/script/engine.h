/* The JavaScript engine behind a small door: values, calls, host functions and classes.
 * engine_jsc.c is the only file that knows which engine it is.  One engine per process, made
 * after the process is alone (threads exist from then on); one thread.
 *
 * Values (const struct val *) are kept alive while they are on the C stack or reachable from
 * a live JavaScript object; one kept elsewhere (the heap too) needs val_keep/val_drop.  A NULL value means
 * "an exception is pending": it is returned by whatever failed and must be passed on; host
 * functions return it as it is.  engine_error() describes it once it has reached the top. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct engine;
struct val;

/* Where a script failed and why: "FILE:LINE:COLUMN: MESSAGE" in pieces, in terms of the source as
 * the author wrote it (the front end's edits are mapped back). */
struct script_error {
	char message[1024];
	char file[256];
	unsigned line, column;       /* 1-based; 0 = not known */
	char source[256];            /* the line, for the caret; "" = not known */
	char stack[2048];
	bool exited;                 /* exit(n) was called: not a failure */
	int exit_code;
};

/* -- the engine -------------------------------------------------------------------------- */

struct engine_options {
	unsigned soft_limit_ms;      /* CPU time after which a running script is interrupted with an error; 0 = none */
	bool e4x;                    /* scripts go through the E4X front end; XML classes exist */
};

/* Must be called before anything else of the engine: sets its options (JIT off ...) in the
 * environment.  Then engine_new. */
void engine_prepare(void);
enum err engine_new(const struct engine_options *opt, struct engine **ret) _must_check_;
void engine_free(struct engine *e);

/* Run a script's text at global scope.  False: *ret_error says why (syntax or run time). */
bool engine_run(struct engine *e, const char *source, size_t len, const char *name,
		struct script_error *ret_error);

/* Syntax only: rewrites and parses, runs nothing. */
bool engine_check(struct engine *e, const char *source, size_t len, const char *name, struct script_error *ret_error);

/* -- making values ------------------------------------------------------------------------- */
const struct val *val_undefined(struct engine *e);
const struct val *val_null(struct engine *e);
const struct val *val_bool(struct engine *e, bool b);
const struct val *val_number(struct engine *e, double d);
const struct val *val_string(struct engine *e, const char *utf8, size_t len);
const struct val *val_bytes(struct engine *e, const void *data, size_t len);   /* Uint8Array, copied */
const struct val *val_doubles(struct engine *e, const double *v, size_t n);    /* Float64Array, copied */
const struct val *val_array(struct engine *e, const struct val *const *item, size_t n);
const struct val *val_object(struct engine *e);                                 /* {} */

/* -- looking at values ----------------------------------------------------------------------- */
enum val_kind { VAL_UNDEFINED, VAL_NULL, VAL_BOOL, VAL_NUMBER, VAL_STRING, VAL_SYMBOL,
		VAL_FUNCTION, VAL_ARRAY, VAL_DATE, VAL_BYTES, VAL_XML, VAL_OBJECT };
enum val_kind val_kind(struct engine *e, const struct val *v);

bool val_to_bool(struct engine *e, const struct val *v);
/* JavaScript's own conversions; false = an exception is pending. */
bool val_to_number(struct engine *e, const struct val *v, double *ret);
bool val_to_text(struct engine *e, const struct val *v, struct buf *out);      /* UTF-8, appended */
bool val_get_bytes(struct engine *e, const struct val *v, const uint8_t **ret, size_t *ret_len); /* of VAL_BYTES; borrowed until the next call */

/* Own and inherited properties; NULL = exception. */
const struct val *val_get(struct engine *e, const struct val *obj, const char *name);
const struct val *val_at(struct engine *e, const struct val *obj, size_t i);
bool val_set(struct engine *e, const struct val *obj, const char *name, const struct val *v);
bool val_set_at(struct engine *e, const struct val *obj, size_t i, const struct val *v);
bool val_length(struct engine *e, const struct val *array, size_t *ret);       /* of arrays: "length" */
const struct val *val_call(struct engine *e, const struct val *fn, const struct val *self,
			   const struct val *const *arg, size_t n);
const struct val *val_global(struct engine *e);
void val_keep(struct engine *e, const struct val *v);
void val_drop(struct engine *e, const struct val *v);

/* -- host functions and classes ----------------------------------------------------------------- */

struct call {
	struct engine *e;
	const struct val *self;      /* `this` */
	void *data;                  /* the object's own data when self is of the class, else NULL */
	const struct val *const *arg;
	size_t n;
	const struct host_fn *fn;    /* the row that is being called */
};

/* One row of the host API: also the docstring from which help and completion are printed. */
struct host_fn {
	const char *name;
	const struct val *(*call)(struct call *c);
	const char *args;            /* "view, select, where, interval[, sort[, n]]" */
	const char *help;
};

struct host_prop {
	const char *name;
	const struct val *(*get)(struct call *c);
	const struct val *(*set)(struct call *c); /* c->arg[0]; NULL = read-only (writing throws) */
	const char *help;
};

struct host_class {
	const char *name;            /* "Table"; instanceof works */
	const struct val *(*construct)(struct call *c); /* new Name(...): returns object_new(...); NULL = cannot be constructed */
	const struct host_fn *methods, *statics;        /* ended by a NULL name; may be NULL */
	const struct host_prop *props;
	void (*finalize)(void *data);
	const struct val *(*iterate)(struct call *c);   /* Symbol.iterator: returns an array or iterator object; may be NULL */
	const char *help;
};

/* Define a class (its constructor becomes a global; prototypes and constructors of host classes are
 * frozen).  The struct must stay.  A host's global is like one of the language's own: a script that
 * declares or assigns the name has its own from then on, and what it had of the host stays whole. */
bool engine_class(struct engine *e, const struct host_class *cls);
bool engine_function(struct engine *e, const struct host_fn *fn);   /* a global function, itself frozen */
bool engine_global(struct engine *e, const char *name, const struct val *v, bool host);
bool engine_has_host_name(struct engine *e, const char *name);      /* defined by the calls above */

const struct val *object_new(struct engine *e, const struct host_class *cls, void *data);
void *object_data(struct engine *e, const struct val *v, const struct host_class *cls); /* NULL = not one of these */

/* Throw; always returns NULL so that it can be returned. */
const struct val *throw_type(struct engine *e, const char *fmt, ...) _printf_(2, 3);   /* TypeError */
const struct val *throw_error(struct engine *e, const char *fmt, ...) _printf_(2, 3);  /* Error */
const struct val *throw_range(struct engine *e, const char *fmt, ...) _printf_(2, 3);
void engine_exit(struct engine *e, int code);  /* the running script ends as soon as the host function returns NULL */

/* Tell the collector about memory that hangs on an object. */
void engine_extra_memory(struct engine *e, size_t bytes);

/* Where the script is right now (file and line of the calling JavaScript), for warnings. */
bool engine_where(struct engine *e, char file[256], unsigned *ret_line);
