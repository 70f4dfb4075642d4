/* Objects whose every access is a call into C, made of the API's class callbacks.
 *
 * Three things of the API shape this file: hasProperty is not given (when it says no, getProperty
 * is never asked); symbols arrive as strings "Symbol.name", which no XML name is asked for; and
 * a finalizer learns nothing but the object, so an object's data must begin with its class. */
#include <string.h>

#include "base/mem.h"
#include "script/engine_jsc.h"

typedef struct OpaqueJSWeakObjectMap *JSWeakObjectMapRef;
typedef void (*JSWeakMapDestroyedCallback)(JSWeakObjectMapRef, void *);
JSWeakObjectMapRef JSWeakObjectMapCreate(JSContextRef, void *data, JSWeakMapDestroyedCallback);
void JSWeakObjectMapSet(JSContextRef, JSWeakObjectMapRef, void *key, JSObjectRef);
JSObjectRef JSWeakObjectMapGet(JSContextRef, JSWeakObjectMapRef, void *key);

/* Of the sanitizer's run time; the library never frees a weak map. */
void __lsan_ignore_object(const void *) __attribute__((weak));

struct exotic_box {
	const struct exotic_class *cls;
	JSClassRef jsc;
	JSObjectRef prototype;
	JSWeakObjectMapRef wrappers; /* in the first box only */
	struct exotic_box *next;
};

struct constructor_box {
	struct engine *e;
	const struct exotic_constructor *c;
};

enum { NAME_SIZE = 256 };

/* A property name as UTF-8, on the stack unless it is long. */
struct name {
	char small[NAME_SIZE];
	char *text;
	size_t len;
};

static void name_take(struct name *n, JSStringRef s)
{
	size_t max = JSStringGetMaximumUTF8CStringSize(s);
	n->text = max <= sizeof(n->small) ? n->small : mem_alloc(max);
	size_t got = n->text ? JSStringGetUTF8CString(s, n->text, max) : 0;
	n->len = got ? got - 1 : 0;
	if (!n->text)
		n->text = n->small;
}

static void name_drop(struct name *n)
{
	if (n->text != n->small)
		mem_free(n->text);
}

static bool is_symbol(const struct name *n)
{
	return n->len > 7 && memcmp(n->text, "Symbol.", 7) == 0;
}

static const struct exotic_class *class_of_data(JSObjectRef o, void **data)
{
	*data = JSObjectGetPrivate(o);
	return *data ? *(const struct exotic_class *const *)*data : NULL;
}

static JSValueRef on_get(JSContextRef ctx _unused_, JSObjectRef o, JSStringRef key,
			 JSValueRef *exception)
{
	struct engine *e = engine_the();
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	struct name n;

	if (!cls || !cls->get)
		return NULL;
	name_take(&n, key);
	const struct val *v = is_symbol(&n) ? NULL : cls->get(e, val_of(o), data, n.text, n.len);
	name_drop(&n);
	return v || e->pending ? engine_result(e, v, exception) : NULL;
}

static bool on_set(JSContextRef ctx _unused_, JSObjectRef o, JSStringRef key, JSValueRef v,
		   JSValueRef *exception)
{
	struct engine *e = engine_the();
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	struct name n;

	if (!cls || !cls->set)
		return false;
	name_take(&n, key);
	bool ok = is_symbol(&n) || cls->set(e, val_of(o), data, n.text, n.len, val_of(v));
	name_drop(&n);
	if (!ok)
		engine_result(e, NULL, exception);
	return true;
}

static bool on_delete(JSContextRef ctx _unused_, JSObjectRef o, JSStringRef key,
		      JSValueRef *exception)
{
	struct engine *e = engine_the();
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	struct name n;

	if (!cls || !cls->remove)
		return false;
	name_take(&n, key);
	if (!is_symbol(&n) && !cls->remove(e, val_of(o), data, n.text, n.len))
		engine_result(e, NULL, exception);
	name_drop(&n);
	return true;
}

void exotic_name_add(struct exotic_names *n, const char *name, size_t len)
{
	union {
		struct exotic_names *n;
		JSPropertyNameAccumulatorRef to;
	} u = { .n = n };
	JSStringRef s = engine_string(name, len);
	JSPropertyNameAccumulatorAddName(u.to, s);
	JSStringRelease(s);
}

static void on_names(JSContextRef ctx _unused_, JSObjectRef o, JSPropertyNameAccumulatorRef to)
{
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	union {
		JSPropertyNameAccumulatorRef to;
		struct exotic_names *n;
	} u = { .to = to };

	if (cls && cls->names)
		cls->names(engine_the(), data, u.n);
}

static JSValueRef on_call(JSContextRef ctx _unused_, JSObjectRef o, JSObjectRef self, size_t n,
			  const JSValueRef arg[], JSValueRef *exception)
{
	struct engine *e = engine_the();
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	struct call c = { .e = e,
			  .self = self ? val_of(self) : val_undefined(e),
			  .arg = (const struct val *const *)arg,
			  .n = n };
	const struct val *v = e->exiting         ? throw_error(e, "exit was called")
			      : cls && cls->call ? cls->call(e, val_of(o), data, &c)
						 : throw_type(e, "not a function");
	return engine_result(e, v, exception);
}

/* Always the string, whatever type is hinted at: asked for a number, "a" + x would add NaN. */
static JSValueRef on_convert(JSContextRef ctx _unused_, JSObjectRef o, JSType type _unused_,
			     JSValueRef *exception)
{
	struct engine *e = engine_the();
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	return cls && cls->primitive ? engine_result(e, cls->primitive(e, data), exception) : NULL;
}

static void on_finalize(JSObjectRef o)
{
	void *data;
	const struct exotic_class *cls = class_of_data(o, &data);
	if (cls && cls->finalize)
		cls->finalize(data);
}

static struct exotic_box *box_of(struct engine *e, const struct exotic_class *cls)
{
	struct exotic_box *b = e->exotics;
	while (b && b->cls != cls)
		b = b->next;
	return b;
}

bool exotic_class(struct engine *e, const struct exotic_class *cls)
{
	struct exotic_box *b = mem_new0(1, sizeof(*b));
	if (!b)
		return false;
	JSClassDefinition d = kJSClassDefinitionEmpty;
	d.className = cls->name;
	d.getProperty = cls->get ? on_get : NULL;
	d.setProperty = cls->set ? on_set : NULL;
	d.deleteProperty = cls->remove ? on_delete : NULL;
	d.getPropertyNames = cls->names ? on_names : NULL;
	d.callAsFunction = cls->call ? on_call : NULL;
	d.convertToType = cls->primitive ? on_convert : NULL;
	d.finalize = on_finalize;
	*b = (struct exotic_box){ .cls = cls, .jsc = JSClassCreate(&d), .next = e->exotics };
	e->exotics = b;
	JSValueRef prototype = JSObjectGetPrototype(e->ctx, JSObjectMake(e->ctx, b->jsc, NULL));
	if (!JSValueIsObject(e->ctx, prototype))
		return false;
	b->prototype = object_ref(prototype);
	JSValueProtect(e->ctx, b->prototype);
	return true;
}

const struct val *exotic_new(struct engine *e, const struct exotic_class *cls, void *data)
{
	return val_of(JSObjectMake(e->ctx, box_of(e, cls)->jsc, data));
}

void *exotic_data(struct engine *e, const struct val *v, const struct exotic_class *cls)
{
	struct exotic_box *b = box_of(e, cls);
	return b && v && JSValueIsObjectOfClass(e->ctx, ref(v), b->jsc)
		       ? JSObjectGetPrivate(object_ref(ref(v)))
		       : NULL;
}

const struct val *exotic_prototype(struct engine *e, const struct exotic_class *cls)
{
	return val_of(box_of(e, cls)->prototype);
}

/* -- constructors -------------------------------------------------------------------------------- */

static JSValueRef on_plain_call(JSContextRef ctx _unused_, JSObjectRef o, JSObjectRef self _unused_,
				size_t n, const JSValueRef arg[], JSValueRef *exception)
{
	struct constructor_box *b = JSObjectGetPrivate(o);
	struct call c = {
		.e = b->e, .self = val_of(o), .arg = (const struct val *const *)arg, .n = n
	};
	return engine_result(b->e, b->c->call(&c), exception);
}

static JSObjectRef on_construct(JSContextRef ctx _unused_, JSObjectRef o, size_t n,
				const JSValueRef arg[], JSValueRef *exception)
{
	struct constructor_box *b = JSObjectGetPrivate(o);
	struct call c = {
		.e = b->e, .self = val_of(o), .arg = (const struct val *const *)arg, .n = n
	};
	JSValueRef v = engine_result(b->e, b->c->construct(&c), exception);
	return *exception ? NULL : object_ref(v);
}

static bool on_instance(JSContextRef ctx _unused_, JSObjectRef o, JSValueRef v,
			JSValueRef *exception _unused_)
{
	struct constructor_box *b = JSObjectGetPrivate(o);
	return b->c->has_instance(b->e, val_of(v));
}

static void on_constructor_end(JSObjectRef o)
{
	mem_free(JSObjectGetPrivate(o));
}

static bool put_rows(struct engine *e, const struct val *o, const struct host_fn *row)
{
	for (; row && row->name; row++) {
		const struct val *fn = engine_plain_function(e, row);
		if (!fn || !engine_set_length(e, fn, row->args) ||
		    !engine_put(e, o, row->name, fn, PUT_HIDDEN))
			return false;
	}
	return true;
}

static bool fill_constructor(struct engine *e, JSObjectRef o, const struct exotic_constructor *c,
			     const struct exotic_class *cls)
{
	const struct val *prototype = exotic_prototype(e, cls);
	JSValueRef above = JSObjectGetPrototype(e->ctx, object_ref(ref(prototype)));
	/* The API gives attributes only to names that are not inherited. */
	JSObjectSetPrototype(e->ctx, object_ref(ref(prototype)), JSValueMakeNull(e->ctx));
	if (!put_rows(e, prototype, c->methods) || !put_rows(e, val_of(o), c->functions))
		return false;
	for (const struct host_prop *p = c->statics; p && p->name; p++)
		if (!engine_accessor(e, val_of(o), p))
			return false;
	bool ok = engine_put(e, prototype, "constructor", val_of(o), PUT_HIDDEN) &&
		  engine_put(e, val_of(o), "prototype", prototype, PUT_HIDDEN | PUT_FIXED) &&
		  engine_put(e, val_of(o), "length", val_number(e, c->length),
			     PUT_HIDDEN | PUT_FIXED) &&
		  engine_put(e, val_of(o), "name", val_string(e, c->name, strlen(c->name)),
			     PUT_HIDDEN | PUT_FIXED);
	JSObjectSetPrototype(e->ctx, object_ref(ref(prototype)), above);
	JSObjectSetPrototype(e->ctx, o, e->function_prototype);
	return ok;
}

const struct val *exotic_constructor(struct engine *e, const struct exotic_constructor *c,
				     const struct exotic_class *cls)
{
	struct constructor_box *b = mem_alloc(sizeof(*b));
	if (!b)
		return NULL;
	*b = (struct constructor_box){ .e = e, .c = c };
	JSClassDefinition d = kJSClassDefinitionEmpty;
	d.className = "Function";
	d.callAsFunction = on_plain_call;
	d.callAsConstructor = on_construct;
	d.hasInstance = on_instance;
	d.finalize = on_constructor_end;
	JSClassRef jsc = JSClassCreate(&d);
	JSObjectRef o = JSObjectMake(e->ctx, jsc, b);
	JSClassRelease(jsc);
	JSValueProtect(e->ctx, o);
	return fill_constructor(e, o, c, cls) && engine_put(e, val_global(e), c->name, val_of(o), PUT_HIDDEN)
		       ? val_of(o)
		       : NULL;
}

/* -- one wrapper a thing ---------------------------------------------------------------------------- */

static void on_map_gone(JSWeakObjectMapRef map _unused_, void *data _unused_)
{
}

static void *key_of(const void *key)
{
	union {
		const void *in;
		void *out;
	} u = { .in = key };
	return u.out;
}

const struct val *exotic_find(struct engine *e, const void *key)
{
	JSWeakObjectMapRef map = e->exotics ? e->exotics->wrappers : NULL;
	JSObjectRef o = map ? JSWeakObjectMapGet(e->ctx, map, key_of(key)) : NULL;
	return o ? val_of(o) : NULL;
}

void exotic_remember(struct engine *e, const void *key, const struct val *wrapper)
{
	struct exotic_box *b = e->exotics;
	if (!b->wrappers) {
		b->wrappers = JSWeakObjectMapCreate(e->ctx, NULL, on_map_gone);
		if (__lsan_ignore_object)
			__lsan_ignore_object(b->wrappers);
	}
	JSWeakObjectMapSet(e->ctx, b->wrappers, key_of(key), object_ref(ref(wrapper)));
}

void engine_exotics_free(struct engine *e)
{
	for (struct exotic_box *b = e->exotics, *next; b; b = next) {
		next = b->next;
		JSClassRelease(b->jsc);
		mem_free(b);
	}
	e->exotics = NULL;
}
