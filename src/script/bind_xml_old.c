/* What scripts of JavaScript 1.6 - 1.8 expect of the built-in objects, in engines that know E4X:
 *
 *	Array.map(arguments, f), String.trim(x) ...   methods as functions
 *	f.toString()                                  the text as it was written, not as it runs
 *	text.replace(a, xml)                          XML is text here, although typeof says function
 *
 * All are properties like the language's own: writable, configurable, not enumerable. */
#include "script/bind_xml_in.h"

static const char old_names[] =
	"(function (n) {\n"
	"	'use strict';\n"
	"	const define = Object.defineProperty;\n"
	"	function put(o, name, value) {\n"
	"		define(o, name, { value, writable: true, configurable: true });\n"
	"	}\n"
	"	function generic(cls, names) {\n"
	"		for (const name of names.split(' ')) {\n"
	"			const f = cls.prototype[name];\n"
	"			if (!f || name in cls) continue;\n"
	"			put(cls, name, { [name](x, ...rest) { return f.apply(cls === String ? "
	"String(x) : list(x), rest) } }[name]);\n"
	"		}\n"
	"	}\n"
	"	function list(x) { return typeof x === 'function' && n.items(x) || x }\n"
	"	for (const p of [XML.prototype, XMLList.prototype]) /* [...list], var [a, b] = list */\n"
	"		define(p, Symbol.iterator, { value: { values() { return values(this) } }.values,\n"
	"			writable: true, configurable: true });\n"
	"	function* values(x) { const a = n.items(x); if (a) yield* a }\n"
	"	generic(Array, 'concat every filter forEach indexOf join lastIndexOf map pop push ' +\n"
	"		'reduce reduceRight reverse shift slice some sort splice unshift');\n"
	"	generic(String, 'charAt charCodeAt concat indexOf lastIndexOf localeCompare match ' +\n"
	"		'replace search slice split substr substring toLowerCase toUpperCase trim');\n"
	"	for (const name of ['replace', 'replaceAll']) {\n"
	"		const f = String.prototype[name];\n"
	"		put(String.prototype, name, { [name](a, b) {\n"
	"			return f.call(this, a, typeof b === 'function' && n.xml1(b) ? String(b) "
	": b);\n"
	"		} }[name]);\n"
	"	}\n"
	"	const show = Function.prototype.toString;\n"
	"	put(Function.prototype, 'toString', { toString() {\n"
	"		const s = show.call(this);\n"
	"		return n.original(s) || s;\n"
	"	} }.toString);\n"
	"})";

/* original(text): what the author wrote where a script now has this; undefined: it has it nowhere. */
static const struct val *n_original(struct call *c)
{
	struct buf text = { .ceiling = 64u << 20 };
	const char *s;
	size_t n;
	bool ok = c->n && val_to_text(c->e, c->arg[0], &text);
	const struct val *v = !ok ? NULL
			      : engine_original(c->e, buf_str(&text), text.len, &s, &n)
				      ? val_string(c->e, s, n)
				      : val_undefined(c->e);
	buf_free(&text);
	return v;
}

bool bind_old(struct binding *b, const struct val *natives)
{
	static const struct host_fn original = { "original", n_original, "text", "" };
	const struct val *make = engine_prelude(b->e, old_names);
	return make && val_set(b->e, natives, original.name, engine_plain_function(b->e, &original)) &&
	       val_call(b->e, make, NULL, &natives, 1);
}
