/* Inside the engine: what engine_jsc*.c share.  Nothing else may include this. */
#pragma once
#include <JavaScriptCore/JavaScript.h>

#include "base/map.h"
#include "script/engine.h"
#include "script/engine_exotic.h"

enum {
	MAX_SOURCES = 64,    /* scripts one engine runs whose lines errors may name */
	MAX_FRAMES = 32,     /* of a stack trace */
	MAX_HOST_FNS = 1024, /* functions of all host classes together */
	ERROR_KINDS = 4,     /* that the host throws */
	MAX_EVALUATED = 16,  /* evaluated texts that are kept as they were written */
	MAX_EVALUATED_BYTES = 64 << 10,
};

/* A script as it was given and as the engine saw it, for naming places in it. */
struct source {
	char name[256];
	char *text; /* owned */
	size_t len;
	struct e4x *rewritten; /* NULL: passed untouched */
};

/* What a function object of ours stands for; found by the object's address, which never moves. */
enum fn_kind { FN_PLAIN, FN_METHOD, FN_STATIC, FN_GET, FN_SET, FN_ITERATE };

struct fn_box {
	JSObjectRef object;
	enum fn_kind kind;
	const struct host_fn *row;
	const struct host_prop *prop;
	const struct class_box *cls;
};

struct class_box {
	struct engine *e;
	const struct host_class *cls;
	JSClassRef instance, constructor;
	JSObjectRef prototype, object; /* object: the constructor */
	struct class_box *next;
};

struct engine {
	JSGlobalContextRef ctx;
	JSContextGroupRef group;
	struct engine_options opt;
	JSValueRef pending;  /* the exception on its way; protected; NULL = none */
	JSValueRef rejected; /* reason of the first promise nobody caught; protected */
	bool exiting, timed_out;
	int exit_code;
	char timed_stack[1024];
	struct source evaluated[MAX_EVALUATED]; /* the oldest goes first */
	size_t evaluated_next;
	struct source source[MAX_SOURCES];
	size_t sources;
	struct fn_box *fn; /* open addressing by object, a power of two */
	size_t fns, fn_slots;
	struct class_box *classes;
	struct map host_names;
	JSObjectRef freeze, define_property, function_prototype;
	JSObjectRef error_maker[ERROR_KINDS];
	JSValueRef iterator_symbol;
	struct exotic_box *exotics;
	void *xml; /* bind_xml's own state */
	void (*xml_free)(void *);
};

static inline JSValueRef ref(const struct val *v)
{
	return (JSValueRef)v;
}

static inline const struct val *val_of(JSValueRef v)
{
	return (const struct val *)v;
}

/* Objects are values; the API's types differ in constness only. */
JSObjectRef object_ref(JSValueRef v);

/* An engine exception becomes the pending one; returns NULL. */
const struct val *engine_raise(struct engine *e, JSValueRef exception);
/* After a host callback: its value, or the pending exception moved to *exception. */
JSValueRef engine_result(struct engine *e, const struct val *v, JSValueRef *exception);
JSValueRef engine_get(struct engine *e, JSValueRef obj,
		      const char *name); /* NULL when it throws; swallows it */
JSStringRef engine_string(const char *utf8, size_t len);
void engine_text_of(JSStringRef s, struct buf *out);
struct engine *engine_the(void);

/* engine_jsc_error.c */
void engine_describe(struct engine *e, JSValueRef exception, const struct source *fallback,
		     struct script_error *ret);
void engine_note_stack(struct engine *e, char *out, size_t size);

/* engine_jsc_class.c */
_Static_assert((unsigned)PUT_FIXED == (kJSPropertyAttributeReadOnly | kJSPropertyAttributeDontDelete) &&
	       (unsigned)PUT_HIDDEN == kJSPropertyAttributeDontEnum, "the engine's own bits");
void engine_classes_free(struct engine *e);
bool engine_accessor(struct engine *e, const struct val *o,
		     const struct host_prop *prop); /* without a class */

/* engine_jsc_exotic.c */
void engine_exotics_free(struct engine *e);
