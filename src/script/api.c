/* The list of all host classes and functions: what the engine is given, what help prints, and which
 * names an input may not have. */
#include "script/bind.h"

#include "script/script.h"

static const struct host_class console_class = {
	.name = "console",
	.statics = console_functions,
	.help = "lines on standard error",
};

static const struct host_class *const classes[] = {
	&query_class, &table_class, &network_class, &chart_class, &picture_class, &report_class, &snmp_class, &events_class,
	&console_class,
};

static const struct host_fn *const function_lists[] = { output_functions, mail_functions, format_functions };

bool api_install(struct engine *e)
{
	bool ok = true;
	for (size_t i = 0; i < COUNT_OF(classes) && ok; i++)
		ok = engine_class(e, classes[i]);
	for (size_t i = 0; i < COUNT_OF(function_lists); i++)
		for (const struct host_fn *f = function_lists[i]; f->name && ok; f++)
			ok = engine_function(e, f);
	return ok;
}

/* -- names ------------------------------------------------------------------------------------------ */

/* Of the language: what is global in ECMAScript and E4X, and words that can name no variable. */
static const char *const language[] = {
#define NAME(name) #name,
#include "script/language.def"
#undef NAME
};

bool script_host_name(const char *name)
{
	if (name[0] == '_' && name[1] == '_') /* the front end's helpers, and __proto__ */
		return true;
	for (size_t i = 0; i < COUNT_OF(language); i++)
		if (STREQ(name, language[i]))
			return true;
	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (STREQ(name, classes[i]->name))
			return true;
	for (size_t i = 0; i < COUNT_OF(function_lists); i++)
		for (const struct host_fn *f = function_lists[i]; f->name; f++)
			if (STREQ(name, f->name))
				return true;
	return false;
}

/* -- help ------------------------------------------------------------------------------------------- */

typedef void sayer(void *arg, const struct script_api_row *row);

static void say_functions(sayer *say, void *arg, const char *group, const struct host_fn *f, bool is_static)
{
	for (; f && f->name; f++) {
		const struct script_api_row row = { group, f->name, f->args, f->help, is_static };
		say(arg, &row);
	}
}

static void say_class(sayer *say, void *arg, const struct host_class *cls)
{
	const struct script_api_row head = { cls->name, "", NULL, cls->help, false };
	say(arg, &head);
	say_functions(say, arg, cls->name, cls->statics, true);
	for (const struct host_prop *p = cls->props; p && p->name; p++) {
		const struct script_api_row row = { cls->name, p->name, NULL, p->help, false };
		say(arg, &row);
	}
	say_functions(say, arg, cls->name, cls->methods, false);
}

void script_api(sayer *say, void *arg)
{
	for (size_t i = 0; i < COUNT_OF(classes); i++)
		say_class(say, arg, classes[i]);
	for (size_t i = 0; i < COUNT_OF(function_lists); i++)
		say_functions(say, arg, "", function_lists[i], false);
}
