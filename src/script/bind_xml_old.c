/* What scripts of JavaScript 1.6 - 1.8 expect of the built-in objects, in engines that know E4X:
 *
 *	Array.map(arguments, f), String.trim(x) ...   methods as functions
 *	f.toString()                                  the text as it was written, not as it runs
 *	text.replace(a, xml)                          XML is text here, although typeof says function
 *	text.replace(a, b, "g"), text.match(a, "i")   flags
 *	new Script(text), eval(text, object), #1=[#1#]
 *
 * All are properties like the language's own: writable, configurable, not enumerable. */
#include "script/bind_xml_in.h"
#include "script/e4x.h"

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
	"	for (const c of [XML, XMLList, QName, Namespace])\n"
	"		define(c.prototype, Symbol.toStringTag, { value: c.name, configurable: true });\n"
	"	const own = Object.prototype.hasOwnProperty;\n"
	"	for (const c of [QName, Namespace])\n"
	"		put(c.prototype, 'propertyIsEnumerable', { propertyIsEnumerable(k) { return own.call(this, k) } }.propertyIsEnumerable);\n"
	"	function* values(x) { const a = n.items(x); if (a) yield* a }\n"
	"	generic(Array, 'concat every filter forEach indexOf join lastIndexOf map pop push ' +\n"
	"		'reduce reduceRight reverse shift slice some sort splice unshift');\n"
	"	generic(String, 'charAt charCodeAt concat indexOf lastIndexOf localeCompare match ' +\n"
	"		'replace search slice split substr substring toLowerCase toUpperCase trim');\n"
	"	/* flags behind a text: \"aXa\".replace(\"a\", \"b\", \"g\"), whose text is taken literally */\n"
	"	function flagged(a, flags, literal) {\n"
	"		if (flags === undefined || a instanceof RegExp) return a;\n"
	"		a = String(a);\n"
	"		return new RegExp(literal ? a.replace(/[\\\\^$.*+?()[\\]{}|]/g, '\\\\$&') : a, flags);\n"
	"	}\n"
	"	for (const name of ['replace', 'replaceAll']) {\n"
	"		const f = String.prototype[name];\n"
	"		put(String.prototype, name, { [name](a, b, flags) {\n"
	"			if (typeof b === 'function' && n.xml1(b)) b = String(b);\n"
	"			return f.call(this, flagged(a, flags, true), b);\n"
	"		} }[name]);\n"
	"	}\n"
	"	for (const name of ['match', 'search']) {\n"
	"		const f = String.prototype[name];\n"
	"		put(String.prototype, name, { [name](a, flags) { return f.call(this, flagged(a, flags)) } }[name]);\n"
	"	}\n"
	"	const show = Function.prototype.toString;\n"
	"	put(Function.prototype, 'toString', { toString() {\n"
	"		const s = show.call(this);\n"
	"		return n.original(s) || s.replace(/^function CallbackObject\\(/, () => `function ${this.name}(`);\n"
	"	} }.toString);\n"
	"})";

/* What rewritten text calls for these: n.under(object, text) makes a text for eval that has the object's
 * properties as variables; of n.sharp's literal the places where it names itself are filled in when it is there. */
static const char old_forms[] =
	"(function (n) {\n"
	"	'use strict';\n"
	"	const sharps = new Map, eval_ = globalThis.eval, describe = Object.getOwnPropertyDescriptor;\n"
	"	let object;\n"
	"	n.under = (o, text) => { object = o; return `with($e4x.under()){${text}\\n}` };\n"
	"	n.below = () => { const o = object; object = undefined; return o };\n"
	"	n.sh = k => {\n"
	"		if (!sharps.has(k)) throw new SyntaxError(`#${k}# has no #${k}= before it`);\n"
	"		return sharps.get(k);\n"
	"	};\n"
	"	n.sharp = (k, make) => {\n"
	"		const hole = {}, seen = new Set;\n"
	"		sharps.set(k, hole);\n"
	"		const v = make(), open = [v];\n"
	"		sharps.set(k, v);\n"
	"		for (let o; (o = open.pop());) {\n"
	"			if (seen.has(o)) continue;\n"
	"			seen.add(o);\n"
	"			for (const name of Object.keys(o)) {\n"
	"				const at = describe(o, name).value;\n"
	"				if (at === hole) o[name] = v;\n"
	"				else if (typeof at === 'object' && at !== null) open.push(at);\n"
	"			}\n"
	"		}\n"
	"		return v;\n"
	"	};\n"
	"	function Script(text) {\n"
	"		const s = (...a) => s.exec(...a);\n"
	"		Object.setPrototypeOf(s, Script.prototype);\n"
	"		return s.compile(text);\n"
	"	}\n"
	"	Script.prototype = Object.create(Function.prototype);\n"
	"	const texts = new WeakMap;\n"
	"	for (const [name, f] of Object.entries({\n"
	"		compile(text) {\n"
	"			texts.set(this, text = text === undefined ? '' : String(text));\n"
	"			new Function(n.tr(text));\n"
	"			return this;\n"
	"		},\n"
	"		exec(o) {\n"
	"			const text = n.tr(texts.get(this));\n"
	"			return eval_(o === undefined ? text : n.under(o, text));\n"
	"		},\n"
	"		toString() { return texts.get(this) },\n"
	"	})) Object.defineProperty(Script.prototype, name, { value: f, writable: true, configurable: true });\n"
	"	Object.defineProperty(globalThis, 'Script', { value: Script, writable: true, configurable: true });\n"
	"})";

/* tr(text[, body]): what the front end makes of text that the script made itself. */
static const struct val *n_tr(struct call *c)
{
	struct buf text = { .ceiling = 64u << 20 };
	struct e4x_error why = { 0 };
	struct e4x *x = NULL;
	const struct val *v = NULL;
	double body = 0;
	if (val_to_text(c->e, c->arg[0], &text) && (c->n < 2 || val_to_number(c->e, c->arg[1], &body))) {
		enum err e = e4x_rewrite_beside(buf_str(&text), text.len, body > 0 && body < 1e4 ? (unsigned)body : 0, &x, &why);
		size_t n;
		if (e == OK && e4x_changed(x)) {
			const char *s = e4x_text(x, &n);
			v = val_string(c->e, s, n);
			engine_keep_evaluated(c->e, buf_str(&text), text.len, x);
			x = NULL;
		} else if (e == OK || !why.e4x) {
			v = c->arg[0];
		} else {
			engine_throw(c->e, "SyntaxError", "%s (line %u, column %u of the text)",
				     why.message, why.line, why.column);
		}
		e4x_free(x);
	}
	buf_free(&text);
	return v;
}

bool bind_old_forms(struct binding *b, const struct val *natives)
{
	static const struct host_fn tr = { "tr", n_tr, "", "" };
	const struct val *make = engine_prelude(b->e, old_forms);
	return make && val_set(b->e, natives, tr.name, engine_plain_function(b->e, &tr)) && val_call(b->e, make, NULL, &natives, 1);
}

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
