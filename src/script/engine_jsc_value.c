/* Values of the engine <-> values of C.  Text is UTF-8 on our side, UTF-16 on the engine's;
 * what is not valid in one becomes U+FFFD in the other. */
#include <string.h>

#include "base/mem.h"
#include "script/bind_xml.h"
#include "script/engine_jsc.h"

enum { SMALL_TEXT = 512 };

JSObjectRef object_ref(JSValueRef v)
{
	union {
		JSValueRef v;
		JSObjectRef o;
	} u = { .v = v };
	return u.o;
}

/* -- text ----------------------------------------------------------------------------------- */

/* One code point of UTF-8; *pos moves at least one byte. */
static uint32_t utf8_next(const uint8_t *s, size_t len, size_t *pos)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = s[(*pos)++];
	unsigned n = c < 0x80                ? 1
		     : c >= 0xc2 && c < 0xe0 ? 2
		     : c >= 0xe0 && c < 0xf0 ? 3
		     : c >= 0xf0 && c < 0xf5 ? 4
					     : 0;
	if (n <= 1)
		return n ? c : 0xfffd;
	uint32_t v = c & (0xffu >> (n + 1));
	size_t p = *pos;
	for (unsigned i = 1; i < n; i++, p++) {
		if (p == len || (s[p] & 0xc0) != 0x80)
			return 0xfffd;
		v = v << 6 | (s[p] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0xfffd;
	*pos = p;
	return v;
}

static JSStringRef string_of_utf16(const uint8_t *s, size_t len)
{
	JSChar *wide =
		mem_array(NULL, len ? len : 1, sizeof(JSChar)); /* never more units than bytes */
	if (!wide)
		return JSStringCreateWithUTF8CString("");
	size_t n = 0;
	for (size_t pos = 0; pos < len;) {
		uint32_t c = utf8_next(s, len, &pos);
		if (c >= 0x10000) {
			wide[n++] = (JSChar)(0xd800 + ((c - 0x10000) >> 10));
			wide[n++] = (JSChar)(0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			wide[n++] = (JSChar)c;
		}
	}
	JSStringRef r = JSStringCreateWithCharacters(wide, n);
	mem_free(wide);
	return r;
}

JSStringRef engine_string(const char *utf8, size_t len)
{
	const uint8_t *s = (const uint8_t *)utf8;
	bool ascii = true;

	for (size_t i = 0; i < len && ascii; i++)
		ascii = s[i] < 0x80 && s[i];
	if (!ascii || !len)
		return len ? string_of_utf16(s, len) : JSStringCreateWithUTF8CString("");
	char small
		[SMALL_TEXT]; /* the API wants a zero byte behind, and keeps ASCII at one byte each */
	char *text = len < sizeof(small) ? small : mem_alloc(len + 1);
	if (!text)
		return JSStringCreateWithUTF8CString("");
	memcpy(text, utf8, len);
	text[len] = '\0';
	JSStringRef r = JSStringCreateWithUTF8CString(text);
	if (text != small)
		mem_free(text);
	return r;
}

static void add_utf8(struct buf *out, uint32_t c)
{
	uint8_t b[4];
	size_t n = 0;
	if (c < 0x80) {
		b[n++] = (uint8_t)c;
	} else if (c < 0x800) {
		b[n++] = (uint8_t)(0xc0 | c >> 6);
		b[n++] = (uint8_t)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		b[n++] = (uint8_t)(0xe0 | c >> 12);
		b[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (c & 0x3f));
	} else {
		b[n++] = (uint8_t)(0xf0 | c >> 18);
		b[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (c & 0x3f));
	}
	buf_add(out, b, n);
}

void engine_text_of(JSStringRef s, struct buf *out)
{
	size_t n = JSStringGetLength(s);
	if (n < SMALL_TEXT / 3 - 1) {
		char small[SMALL_TEXT];
		size_t got = JSStringGetUTF8CString(s, small, sizeof(small));
		if (got > n) { /* else it stopped at half a surrogate pair */
			buf_add(out, small, got - 1);
			return;
		}
	}
	const JSChar *c = JSStringGetCharactersPtr(s);
	for (size_t i = 0; i < n && !out->bad; i++) {
		uint32_t v = c[i];
		if (v >= 0xd800 && v < 0xdc00 && i + 1 < n && c[i + 1] >= 0xdc00 &&
		    c[i + 1] < 0xe000)
			v = 0x10000 + ((v - 0xd800) << 10) + (c[++i] - 0xdc00u);
		else if (v >= 0xd800 && v < 0xe000)
			v = 0xfffd;
		add_utf8(out, v);
	}
}

/* -- making ---------------------------------------------------------------------------------- */

const struct val *val_undefined(struct engine *e)
{
	return val_of(JSValueMakeUndefined(e->ctx));
}

const struct val *val_null(struct engine *e)
{
	return val_of(JSValueMakeNull(e->ctx));
}

const struct val *val_bool(struct engine *e, bool b)
{
	return val_of(JSValueMakeBoolean(e->ctx, b));
}

const struct val *val_number(struct engine *e, double d)
{
	return val_of(JSValueMakeNumber(e->ctx, d));
}

const struct val *val_string(struct engine *e, const char *utf8, size_t len)
{
	JSStringRef s = engine_string(utf8, len);
	JSValueRef v = JSValueMakeString(e->ctx, s);
	JSStringRelease(s);
	return val_of(v);
}

/* The object or the exception of an API call that makes one. */
static const struct val *made(struct engine *e, JSObjectRef o, JSValueRef exception)
{
	if (exception)
		return engine_raise(e, exception);
	return o ? val_of(o) : throw_range(e, "out of memory");
}

static const struct val *typed_array(struct engine *e, JSTypedArrayType type, size_t n, const void *data,
				     size_t len)
{
	JSValueRef exception = NULL;
	JSObjectRef o = JSObjectMakeTypedArray(e->ctx, type, n, &exception);
	void *to = o && !exception && len ? JSObjectGetTypedArrayBytesPtr(e->ctx, o, &exception)
					  : NULL;
	if (to)
		memcpy(to, data, len);
	return made(e, o && (to || !len) ? o : NULL, exception);
}

const struct val *val_bytes(struct engine *e, const void *data, size_t len)
{
	return typed_array(e, kJSTypedArrayTypeUint8Array, len, data, len);
}

const struct val *val_doubles(struct engine *e, const double *v, size_t n)
{
	return typed_array(e, kJSTypedArrayTypeFloat64Array, n, v, n * sizeof(*v));
}

const struct val *val_array(struct engine *e, const struct val *const *item, size_t n)
{
	JSValueRef exception = NULL;
	return made(e, JSObjectMakeArray(e->ctx, n, (const JSValueRef *)item, &exception),
		    exception);
}

const struct val *val_object(struct engine *e)
{
	return val_of(JSObjectMake(e->ctx, NULL, NULL));
}

/* -- looking ---------------------------------------------------------------------------------- */

static enum val_kind object_kind(struct engine *e, JSValueRef v)
{
	if (bind_xml_is(e, val_of(v)))
		return VAL_XML;
	if (JSValueIsArray(e->ctx, v))
		return VAL_ARRAY;
	if (JSValueGetTypedArrayType(e->ctx, v, NULL) != kJSTypedArrayTypeNone)
		return VAL_BYTES;
	if (JSValueIsDate(e->ctx, v))
		return VAL_DATE;
	return JSObjectIsFunction(e->ctx, object_ref(v)) ? VAL_FUNCTION : VAL_OBJECT;
}

enum val_kind val_kind(struct engine *e, const struct val *v)
{
	switch (JSValueGetType(e->ctx, ref(v))) {
	case kJSTypeUndefined:
		return VAL_UNDEFINED;
	case kJSTypeNull:
		return VAL_NULL;
	case kJSTypeBoolean:
		return VAL_BOOL;
	case kJSTypeString:
		return VAL_STRING;
	case kJSTypeSymbol:
		return VAL_SYMBOL;
	case kJSTypeObject:
		return object_kind(e, ref(v));
	case kJSTypeNumber:
		return VAL_NUMBER;
	default:
		return VAL_NUMBER; /* BigInt */
	}
}

bool val_to_bool(struct engine *e, const struct val *v)
{
	return JSValueToBoolean(e->ctx, ref(v));
}

bool val_to_number(struct engine *e, const struct val *v, double *ret)
{
	JSValueRef exception = NULL;
	double d = 0;
	if (JSValueIsBigInt(e->ctx,
			    ref(v))) { /* the API refuses to mix them; a host argument may */
		JSStringRef s = JSValueToStringCopy(e->ctx, ref(v), &exception);
		JSValueRef text = s ? JSValueMakeString(e->ctx, s) : NULL;
		d = text ? JSValueToNumber(e->ctx, text, &exception) : 0;
		if (s)
			JSStringRelease(s);
	} else {
		d = JSValueToNumber(e->ctx, ref(v), &exception);
	}
	if (exception) {
		engine_raise(e, exception);
		return false;
	}
	*ret = d;
	return true;
}

bool val_to_text(struct engine *e, const struct val *v, struct buf *out)
{
	JSValueRef exception = NULL;
	JSStringRef s = JSValueToStringCopy(e->ctx, ref(v), &exception);
	if (!s || exception) {
		engine_raise(e, exception);
		if (s)
			JSStringRelease(s);
		return false;
	}
	engine_text_of(s, out);
	JSStringRelease(s);
	if (out->bad) {
		throw_range(e, "text is longer than %zu bytes", out->ceiling);
		return false;
	}
	return true;
}

bool val_get_bytes(struct engine *e, const struct val *v, const uint8_t **ret, size_t *ret_len)
{
	JSValueRef exception = NULL;
	JSTypedArrayType type = JSValueGetTypedArrayType(e->ctx, ref(v), &exception);
	JSObjectRef o = object_ref(ref(v));
	if (exception || type == kJSTypedArrayTypeNone)
		return false;
	if (type == kJSTypedArrayTypeArrayBuffer) {
		*ret = JSObjectGetArrayBufferBytesPtr(e->ctx, o, &exception);
		*ret_len = JSObjectGetArrayBufferByteLength(e->ctx, o, &exception);
	} else {
		size_t offset = JSObjectGetTypedArrayByteOffset(e->ctx, o, &exception);
		const uint8_t *p = JSObjectGetTypedArrayBytesPtr(e->ctx, o, &exception);
		*ret = p ? p + offset : NULL;
		*ret_len = JSObjectGetTypedArrayByteLength(e->ctx, o, &exception);
	}
	return !exception && (*ret || !*ret_len);
}

/* -- properties and calls ------------------------------------------------------------------------ */

static JSObjectRef to_object(struct engine *e, const struct val *v)
{
	if (JSValueIsObject(e->ctx, ref(v)))
		return object_ref(ref(v));
	JSValueRef exception = NULL;
	JSObjectRef o = JSValueToObject(e->ctx, ref(v), &exception);
	if (exception)
		engine_raise(e, exception);
	return exception ? NULL : o;
}

JSValueRef engine_get(struct engine *e, JSValueRef obj, const char *name)
{
	JSValueRef exception = NULL;
	if (!JSValueIsObject(e->ctx, obj))
		return NULL;
	JSStringRef key = engine_string(name, strlen(name));
	JSValueRef v = JSObjectGetProperty(e->ctx, object_ref(obj), key, &exception);
	JSStringRelease(key);
	return exception ? NULL : v;
}

const struct val *val_get(struct engine *e, const struct val *obj, const char *name)
{
	JSValueRef exception = NULL;
	JSObjectRef o = to_object(e, obj);
	if (!o)
		return NULL;
	JSStringRef key = engine_string(name, strlen(name));
	JSValueRef v = JSObjectGetProperty(e->ctx, o, key, &exception);
	JSStringRelease(key);
	return exception ? engine_raise(e, exception) : val_of(v);
}

const struct val *val_at(struct engine *e, const struct val *obj, size_t i)
{
	JSValueRef exception = NULL;
	JSObjectRef o = to_object(e, obj);
	if (!o)
		return NULL;
	JSValueRef v = JSObjectGetPropertyAtIndex(e->ctx, o, (unsigned)i, &exception);
	return exception ? engine_raise(e, exception) : val_of(v);
}

static bool done(struct engine *e, JSValueRef exception)
{
	if (exception)
		engine_raise(e, exception);
	return !exception;
}

bool val_set(struct engine *e, const struct val *obj, const char *name, const struct val *v)
{
	JSValueRef exception = NULL;
	JSObjectRef o = to_object(e, obj);
	if (!o)
		return false;
	JSStringRef key = engine_string(name, strlen(name));
	JSObjectSetProperty(e->ctx, o, key, ref(v), kJSPropertyAttributeNone, &exception);
	JSStringRelease(key);
	return done(e, exception);
}

bool val_set_at(struct engine *e, const struct val *obj, size_t i, const struct val *v)
{
	JSValueRef exception = NULL;
	JSObjectRef o = to_object(e, obj);
	if (!o)
		return false;
	JSObjectSetPropertyAtIndex(e->ctx, o, (unsigned)i, ref(v), &exception);
	return done(e, exception);
}

bool val_length(struct engine *e, const struct val *array, size_t *ret)
{
	double d;
	const struct val *n = val_get(e, array, "length");
	if (!n || !val_to_number(e, n, &d))
		return false;
	*ret = d >= 0 && d < 4294967296.0 ? (size_t)d : 0;
	return true;
}

const struct val *val_call(struct engine *e, const struct val *fn, const struct val *self,
			   const struct val *const *arg, size_t n)
{
	JSValueRef exception = NULL;
	if (!JSValueIsObject(e->ctx, ref(fn)) || !JSObjectIsFunction(e->ctx, object_ref(ref(fn))))
		return throw_type(e, "not a function");
	JSObjectRef this_object =
		self && JSValueIsObject(e->ctx, ref(self)) ? object_ref(ref(self)) : NULL;
	JSValueRef v = JSObjectCallAsFunction(e->ctx, object_ref(ref(fn)), this_object, n,
					      (const JSValueRef *)arg, &exception);
	return exception ? engine_raise(e, exception) : val_of(v);
}

const struct val *engine_call_on(struct engine *e, const struct val *fn, const struct val *self,
				 const struct val *const *arg, size_t n)
{
	JSObjectRef boxed = to_object(e, self);
	return boxed ? val_call(e, fn, val_of(boxed), arg, n) : NULL;
}

const struct val *val_global(struct engine *e)
{
	return val_of(JSContextGetGlobalObject(e->ctx));
}

void val_keep(struct engine *e, const struct val *v)
{
	JSValueProtect(e->ctx, ref(v));
}

void val_drop(struct engine *e, const struct val *v)
{
	JSValueUnprotect(e->ctx, ref(v));
}

void engine_extra_memory(struct engine *e, size_t bytes)
{
	void JSReportExtraMemoryCost(JSContextRef, size_t); /* exported, not in the headers */
	JSReportExtraMemoryCost(e->ctx, bytes);
}
