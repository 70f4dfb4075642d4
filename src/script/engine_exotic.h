/* Objects whose properties are not properties: every access is a call into C.  XML values are
 * made of these (bind_xml*.c).  Like engine.h this names no engine.
 *
 * Names are UTF-8 and borrowed for the call.  Every callback may throw: get, call and primitive by
 * returning NULL with an exception pending, set and remove by returning false. */
#pragma once
#include "script/engine.h"

struct exotic_names; /* what a for-in loop or Object.keys will see */
void exotic_name_add(struct exotic_names *n, const char *name, size_t len);

/* An object's data begins with a pointer to its class:  struct x { const struct exotic_class *cls; ... } */
struct exotic_class {
	const char *name;
	/* NULL without an exception: not here, look in the prototype. */
	const struct val *(*get)(struct engine *e, const struct val *self, void *data,
				 const char *name, size_t len);
	bool (*set)(struct engine *e, const struct val *self, void *data, const char *name,
		    size_t len, const struct val *v);
	bool (*remove)(struct engine *e, const struct val *self, void *data, const char *name,
		       size_t len);
	void (*names)(struct engine *e, void *data, struct exotic_names *n);
	/* Called like a function; `this` is what stood before the dot. */
	const struct val *(*call)(struct engine *e, const struct val *self, void *data,
				  const struct call *c);
	/* The string it turns into wherever a primitive is wanted. */
	const struct val *(*primitive)(struct engine *e, void *data);
	void (*finalize)(void *data); /* during collection: must not touch the engine */
};

/* The constructor of an exotic class: callable with and without new. */
struct exotic_constructor {
	const char *name;
	unsigned length; /* arguments, as Name.length says */
	const struct val *(*call)(struct call *c);
	const struct val *(*construct)(struct call *c);
	bool (*has_instance)(struct engine *e, const struct val *v);
	const struct host_fn
		*methods; /* on the prototype, which stays open for scripts to extend */
	const struct host_prop *statics; /* accessors on the constructor, enumerable */
	const struct host_fn *functions; /* on the constructor */
};

bool exotic_class(struct engine *e, const struct exotic_class *cls);
const struct val *exotic_constructor(struct engine *e, const struct exotic_constructor *c,
				     const struct exotic_class *cls);
const struct val *exotic_new(struct engine *e, const struct exotic_class *cls, void *data);
void *exotic_data(struct engine *e, const struct val *v,
		  const struct exotic_class *cls); /* NULL = not one */
const struct val *exotic_prototype(struct engine *e, const struct exotic_class *cls);

/* One wrapper for one thing, as long as a script holds it: a weak table by address.  exotic_find
 * gives NULL when there is none (any more). */
const struct val *exotic_find(struct engine *e, const void *key);
void exotic_remember(struct engine *e, const void *key, const struct val *wrapper);

/* What a binding keeps for this engine; freed after the last object is gone. */
void engine_set_binding(struct engine *e, void *binding, void (*free)(void *));
void *engine_binding(struct engine *e);

/* Runs a text of our own and returns its value; NULL: it failed (a bug). */
const struct val *engine_prelude(struct engine *e, const char *text);
enum { PUT_FIXED = 10, PUT_HIDDEN = 4 }; /* read-only and not deleted; not enumerated */
bool engine_put(struct engine *e, const struct val *o, const char *name, const struct val *v,
		unsigned how);
const struct val *engine_plain_function(struct engine *e, const struct host_fn *row);
/* The function's "length": how many arguments its row names. */
bool engine_set_length(struct engine *e, const struct val *fn, const char *args);
bool engine_freeze(struct engine *e, const struct val *o);

/* A text that a script evaluates, and what the front end made of it (taken over): the last few short ones are kept. */
struct e4x;
void engine_keep_evaluated(struct engine *e, const char *text, size_t len, struct e4x *rewritten);

/* The piece of a script (or of such a text) as it was written that the engine now has as this text; false: none. */
bool engine_original(struct engine *e, const char *text, size_t len, const char **ret,
		     size_t *ret_len);

/* Throw an error of a named class (SyntaxError ...); returns NULL. */
const struct val *engine_throw(struct engine *e, const char *kind, const char *fmt, ...)
	_printf_(3, 4);
/* val_call with a primitive as `this`. */
const struct val *engine_call_on(struct engine *e, const struct val *fn, const struct val *self,
				 const struct val *const *arg, size_t n);
