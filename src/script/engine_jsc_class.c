/* Host functions and classes.
 *
 *	Table            constructor object: frozen; statics live on it
 *	Table.prototype  methods, accessors, Symbol.iterator: frozen
 *	new Table()      an object of the engine's class "Table" that carries our data
 *
 * Functions are real function objects.  The API gives their callback no data, so the box that
 * says which row was meant is found by the function object's address. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "script/engine_jsc.h"

/* -- from function object to row ---------------------------------------------------------------- */

static struct fn_box *fn_slot(struct engine *e, JSObjectRef object)
{
	size_t i = (size_t)hash_mix((uintptr_t)object, 0) & (e->fn_slots - 1);
	while (e->fn[i].object && e->fn[i].object != object)
		i = (i + 1) & (e->fn_slots - 1);
	return &e->fn[i];
}

static bool fn_remember(struct engine *e, const struct fn_box *box)
{
	if (!e->fn) {
		e->fn_slots = 2 * MAX_HOST_FNS;
		e->fn = mem_new0(e->fn_slots, sizeof(*e->fn));
		if (!e->fn)
			return false;
	}
	if (e->fns == MAX_HOST_FNS)
		return false;
	*fn_slot(e, box->object) = *box;
	e->fns++;
	return true;
}

/* What hangs on an object: the finalizer is told nothing but the object. */
struct held {
	const struct host_class *cls;
	void *data;
};

static void on_finalize(JSObjectRef o)
{
	struct held *h = JSObjectGetPrivate(o);
	if (h && h->cls->finalize && h->data)
		h->cls->finalize(h->data);
	mem_free(h);
}

static void *data_of(JSObjectRef o)
{
	struct held *h = JSObjectGetPrivate(o);
	return h ? h->data : NULL;
}

/* -- calls ----------------------------------------------------------------------------------------- */

static const struct val *wrong_self(struct call *c, const struct fn_box *box)
{
	const char *name = box->row    ? box->row->name
			   : box->prop ? box->prop->name
				       : "Symbol.iterator";
	return throw_type(c->e, "%s.%s: this is not a %s", box->cls->cls->name, name,
			  box->cls->cls->name);
}

static const struct val *iterate(struct call *c, const struct fn_box *box)
{
	assert(box->cls); /* only classes have an iterator */
	const struct val *v = box->cls->cls->iterate(c);
	if (!v || !JSValueIsArray(c->e->ctx, ref(v)))
		return v;
	JSValueRef exception = NULL;
	JSValueRef fn = JSObjectGetPropertyForKey(c->e->ctx, object_ref(ref(v)),
						  c->e->iterator_symbol, &exception);
	return exception ? engine_raise(c->e, exception) : val_call(c->e, val_of(fn), v, NULL, 0);
}

static const struct val *dispatch(struct call *c, const struct fn_box *box)
{
	const struct class_box *cls = box->cls;
	bool on_instance = box->kind != FN_PLAIN && box->kind != FN_STATIC;

	if (c->e->exiting)
		return throw_error(c->e, "exit was called");
	if (on_instance && cls) {
		if (!JSValueIsObjectOfClass(c->e->ctx, ref(c->self), cls->instance))
			return wrong_self(c, box);
		c->data = data_of(object_ref(ref(c->self)));
	}
	switch (box->kind) {
	case FN_GET:
		return box->prop->get(c);
	case FN_SET:
		if (!box->prop->set)
			return throw_type(c->e, "%s%s%s is read-only", cls ? cls->cls->name : "",
					  cls ? "." : "", box->prop->name);
		return box->prop->set(c);
	case FN_ITERATE:
		return iterate(c, box);
	default:
		return box->row->call(c);
	}
}

static JSValueRef on_call(JSContextRef ctx _unused_, JSObjectRef fn, JSObjectRef self, size_t n,
			  const JSValueRef arg[], JSValueRef *exception)
{
	struct engine *e = engine_the();
	const struct fn_box *box = fn_slot(e, fn);
	struct call c = { .e = e,
			  .self = val_of(self),
			  .arg = (const struct val *const *)arg,
			  .n = n,
			  .fn = box->row };

	if (!c.self)
		c.self = val_undefined(e);
	const struct val *none[1] = { NULL };
	if (box->kind == FN_SET && !n) {
		none[0] = val_undefined(e);
		c.arg = none;
		c.n = 1;
	}
	return engine_result(e, dispatch(&c, box), exception);
}

static JSObjectRef make_function(struct engine *e, const struct fn_box *box, const char *name)
{
	JSStringRef s = engine_string(name, strlen(name));
	struct fn_box b = *box;
	b.object = JSObjectMakeFunctionWithCallback(e->ctx, s, on_call);
	JSStringRelease(s);
	if (!b.object || !fn_remember(e, &b))
		return NULL;
	JSValueProtect(e->ctx, b.object); /* its address must not be given to another object */
	return b.object;
}

/* -- classes ------------------------------------------------------------------------------------------ */

static struct class_box *class_of(struct engine *e, const struct host_class *cls)
{
	struct class_box *b = e->classes;
	while (b && b->cls != cls)
		b = b->next;
	return b;
}

static JSObjectRef on_construct(JSContextRef ctx _unused_, JSObjectRef constructor, size_t n,
				const JSValueRef arg[], JSValueRef *exception)
{
	struct class_box *b = JSObjectGetPrivate(constructor);
	struct engine *e = b->e;
	struct call c = {
		.e = e, .self = val_undefined(e), .arg = (const struct val *const *)arg, .n = n
	};
	const struct val *v = e->exiting ? throw_error(e, "exit was called")
			      : !b->cls->construct
				      ? throw_type(e, "%s cannot be made with new", b->cls->name)
				      : b->cls->construct(&c);
	JSValueRef r = engine_result(e, v, exception);
	return *exception ? NULL : object_ref(r);
}

static JSValueRef on_plain_call(JSContextRef ctx _unused_, JSObjectRef constructor,
				JSObjectRef self _unused_, size_t n _unused_,
				const JSValueRef arg[] _unused_, JSValueRef *exception)
{
	struct class_box *b = JSObjectGetPrivate(constructor);
	throw_type(b->e,
		   b->cls->construct ? "%s is a class: use new %s(...)"
				     : "%s is not a function%.0s",
		   b->cls->name, b->cls->name);
	return engine_result(b->e, NULL, exception);
}

static bool has_instance(JSContextRef ctx, JSObjectRef constructor, JSValueRef v,
			 JSValueRef *exception _unused_)
{
	struct class_box *b = JSObjectGetPrivate(constructor);
	return JSValueIsObjectOfClass(ctx, v, b->instance);
}

static bool put(struct engine *e, JSObjectRef o, const char *name, JSValueRef v,
		JSPropertyAttributes attributes)
{
	JSValueRef exception = NULL;
	JSStringRef key = engine_string(name, strlen(name));
	JSObjectSetProperty(e->ctx, o, key, v, attributes, &exception);
	JSStringRelease(key);
	return v && !exception;
}

bool engine_put(struct engine *e, const struct val *o, const char *name, const struct val *v,
		unsigned how)
{
	return v && put(e, object_ref(ref(o)), name, ref(v), how);
}

static bool put_functions(struct class_box *b, JSObjectRef o, const struct host_fn *row,
			  enum fn_kind kind)
{
	for (; row && row->name; row++) {
		struct fn_box box = { .kind = kind, .row = row, .cls = b };
		JSObjectRef fn = make_function(b->e, &box, row->name);
		if (!fn || !put(b->e, o, row->name, fn, PUT_HIDDEN))
			return false;
	}
	return true;
}

/* Object.defineProperty(o, name, { get, set, enumerable: true }) */
static bool put_accessor(struct engine *e, const struct class_box *b, JSObjectRef o,
			 const struct host_prop *prop)
{
	struct fn_box get = { .kind = FN_GET, .prop = prop, .cls = b },
		      set = { .kind = FN_SET, .prop = prop, .cls = b };
	JSObjectRef how = JSObjectMake(e->ctx, NULL, NULL);
	JSObjectRef getter = make_function(e, &get, prop->name),
		    setter = make_function(e, &set, prop->name);
	if (!getter || !setter || !put(e, how, "get", getter, 0) ||
	    !put(e, how, "set", setter, 0) ||
	    !put(e, how, "enumerable", JSValueMakeBoolean(e->ctx, true), 0))
		return false;
	JSValueRef arg[3] = { o, ref(val_string(e, prop->name, strlen(prop->name))), how },
		   exception = NULL;
	JSObjectCallAsFunction(e->ctx, e->define_property, NULL, 3, arg, &exception);
	return !exception;
}

bool engine_accessor(struct engine *e, const struct val *o, const struct host_prop *prop)
{
	return put_accessor(e, NULL, object_ref(ref(o)), prop);
}

const struct val *engine_plain_function(struct engine *e, const struct host_fn *row)
{
	struct fn_box box = { .kind = FN_PLAIN, .row = row };
	JSObjectRef fn = make_function(e, &box, row->name);
	return fn ? val_of(fn) : NULL;
}

/* Object.defineProperty(fn, "length", { value: n }): what the API makes has 0, read-only. */
bool engine_set_length(struct engine *e, const struct val *fn, const char *args)
{
	double n = args[0] != '\0';
	for (; *args; args++)
		n += *args == ',';
	JSObjectRef how = JSObjectMake(e->ctx, NULL, NULL);
	JSValueRef arg[3] = { ref(fn), ref(val_string(e, "length", 6)), how }, exception = NULL;
	if (!fn || !put(e, how, "value", JSValueMakeNumber(e->ctx, n), 0))
		return false;
	JSObjectCallAsFunction(e->ctx, e->define_property, NULL, 3, arg, &exception);
	return !exception;
}

static bool freeze(struct engine *e, JSObjectRef o)
{
	JSValueRef arg = o, exception = NULL;
	JSObjectCallAsFunction(e->ctx, e->freeze, NULL, 1, &arg, &exception);
	return !exception;
}

static bool fill_prototype(struct class_box *b)
{
	struct engine *e = b->e;
	JSValueRef exception = NULL, above = JSObjectGetPrototype(e->ctx, b->prototype);

	JSObjectSetPrototype(e->ctx, b->prototype,
			     JSValueMakeNull(e->ctx)); /* for the same reason */
	if (!put_functions(b, b->prototype, b->cls->methods, FN_METHOD))
		return false;
	for (const struct host_prop *p = b->cls->props; p && p->name; p++)
		if (!put_accessor(e, b, b->prototype, p))
			return false;
	if (b->cls->iterate) {
		struct fn_box box = { .kind = FN_ITERATE, .cls = b };
		JSObjectRef fn = make_function(e, &box, "[Symbol.iterator]");
		if (!fn)
			return false;
		JSObjectSetPropertyForKey(e->ctx, b->prototype, e->iterator_symbol, fn, PUT_HIDDEN,
					  &exception);
	}
	bool ok = !exception && put(e, b->prototype, "constructor", b->object, PUT_HIDDEN);
	JSObjectSetPrototype(e->ctx, b->prototype, above);
	return ok;
}

static bool make_objects(struct class_box *b)
{
	struct engine *e = b->e;
	JSClassDefinition instance = kJSClassDefinitionEmpty, constructor = kJSClassDefinitionEmpty;

	instance.className = b->cls->name;
	instance.finalize = on_finalize;
	constructor.className = "Function";
	constructor.callAsConstructor = on_construct;
	constructor.callAsFunction = on_plain_call;
	constructor.hasInstance = has_instance;
	b->instance = JSClassCreate(&instance);
	b->constructor = JSClassCreate(&constructor);
	JSValueRef prototype =
		JSObjectGetPrototype(e->ctx, JSObjectMake(e->ctx, b->instance, NULL));
	if (!prototype || !JSValueIsObject(e->ctx, prototype))
		return false;
	b->prototype = object_ref(prototype);
	JSValueProtect(e->ctx, b->prototype);
	b->object = JSObjectMake(e->ctx, b->constructor, b);
	JSValueProtect(e->ctx, b->object);
	/* "name" before its namesake is inherited: the API gives attributes to new names only. */
	if (!put(e, b->object, "prototype", b->prototype, PUT_FIXED | PUT_HIDDEN) ||
	    !put(e, b->object, "name", ref(val_string(e, b->cls->name, strlen(b->cls->name))),
		 PUT_FIXED | PUT_HIDDEN))
		return false;
	JSObjectSetPrototype(e->ctx, b->object, e->function_prototype);
	return true;
}

bool engine_class(struct engine *e, const struct host_class *cls)
{
	struct class_box *b = mem_new0(1, sizeof(*b));
	if (!b)
		return false;
	*b = (struct class_box){ .e = e, .cls = cls, .next = e->classes };
	e->classes = b;
	return make_objects(b) && fill_prototype(b) &&
	       put_functions(b, b->object, cls->statics, FN_STATIC) && freeze(e, b->prototype) &&
	       freeze(e, b->object) && engine_global(e, cls->name, val_of(b->object), true);
}

bool engine_freeze(struct engine *e, const struct val *o)
{
	return freeze(e, object_ref(ref(o)));
}

bool engine_function(struct engine *e, const struct host_fn *row)
{
	const struct val *fn = engine_plain_function(e, row);
	return fn && freeze(e, object_ref(ref(fn))) && engine_global(e, row->name, fn, true);
}

bool engine_global(struct engine *e, const char *name, const struct val *v, bool host)
{
	struct map_entry *entry;
	bool is_new;
	if (host && map_put_str(&e->host_names, name, &entry, &is_new) != OK)
		return false;
	return put(e, JSContextGetGlobalObject(e->ctx), name, ref(v), host ? PUT_HIDDEN : 0);
}

bool engine_has_host_name(struct engine *e, const char *name)
{
	return map_get_str(&e->host_names, name) != NULL;
}

const struct val *object_new(struct engine *e, const struct host_class *cls, void *data)
{
	struct class_box *b = class_of(e, cls);
	if (!b)
		return throw_error(e, "class %s is not defined here", cls->name);
	struct held *h = mem_alloc(sizeof(*h));
	if (!h)
		return throw_range(e, "out of memory");
	*h = (struct held){ .cls = cls, .data = data };
	return val_of(JSObjectMake(e->ctx, b->instance, h));
}

void *object_data(struct engine *e, const struct val *v, const struct host_class *cls)
{
	struct class_box *b = class_of(e, cls);
	return b && v && JSValueIsObjectOfClass(e->ctx, ref(v), b->instance)
		       ? data_of(object_ref(ref(v)))
		       : NULL;
}

void engine_classes_free(struct engine *e)
{
	for (struct class_box *b = e->classes, *next; b; b = next) {
		next = b->next;
		JSClassRelease(b->instance);
		JSClassRelease(b->constructor);
		mem_free(b);
	}
	mem_free(e->fn);
	e->classes = NULL;
	e->fn = NULL;
}
