/* weir completion bash: a script for the shell, from the tables that parser and planner read. */
#include "app/app.h"
#include "base/buf.h"
#include "base/log.h"
#include "flow/flow.h"
#include "query/query.h"

#include <stdio.h>

static const char *const commands[] = {
#define COMMAND(name, help) #name,
#include "app/commands.def"
#undef COMMAND
};

static void put_commands(struct buf *out)
{
	buf_text(out, "\tlocal commands=\"");
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		buf_text(out, i ? " " : "");
		for (const char *s = commands[i]; *s; s++)
			buf_u8(out, *s == '_' ? '-' : (uint8_t)*s);
	}
	buf_text(out, "\"\n");
}

static void put_views(struct buf *out)
{
	buf_text(out, "\tlocal views=\"");
	for (size_t i = 0; i < nviews; i++)
		buf_printf(out, "%s%s", i ? " " : "", views[i].name);
	buf_text(out, "\"\n\tcase $view in\n");
	for (size_t i = 0; i < nviews; i++) {
		const struct view *v = &views[i];
		buf_printf(out, "\t%s", v->name);
		for (const char *s = v->aliases; *s; s += *s == ' ') {
			int n = (int)strcspn(s, " ");
			buf_printf(out, "|%.*s", n, s);
			s += n;
		}
		buf_text(out, ") fields=\"");
		for (size_t k = 0; k < v->nfields; k++)
			if (v->fields[k].role != R_DETAIL)
				buf_printf(out, "%s ", v->fields[k].name);
		buf_text(out, "\" ;;\n");
	}
	buf_text(out, "\tesac\n");
}

/* The first word of each line of function_help() is NAME(...). */
static void put_functions(struct buf *out)
{
	_cleanup_(buf_free) struct buf help = { 0 };
	function_help(&help);
	buf_text(out, "\tlocal functions=\"");
	for (const char *s = buf_str(&help); *s; s += strcspn(s, "\n"), s += *s == '\n')
		buf_printf(out, "%.*s( ", (int)strcspn(s, "(\n"), s);
	buf_text(out, "\"\n");
}

static void put_intervals(struct buf *out)
{
	_cleanup_(buf_free) struct buf help = { 0 };
	interval_help(&help);
	buf_text(out, "\tlocal intervals=\"");
	for (const char *s = buf_str(&help); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		int n = (int)strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
		if (n)
			buf_printf(out, "%.*s ", n, s);
	}
	buf_text(out, "\"\n");
}

static const char head[] =
	"# completion of weir for bash\n"
	"_weir() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-} fields= view= n=0 i\n"
	"\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t-n|-c|--store|--config|--customers|--customer|--now|--tz|--sort|--bucket) ((i++)) ;;\n"
	"\t\t-*) ;;\n"
	"\t\t*) ((n++)); [ $n = 1 ] && view=${COMP_WORDS[i]} ;;\n"
	"\t\tesac\n"
	"\tdone\n";

static const char tail[] =
	"\tlocal before= words=\n"
	"\tif [ $COMP_CWORD = 1 ]; then\n"
	"\t\twords=$commands\n"
	"\telif [ \"$command\" = top ] || [ \"$command\" = trend ]; then\n"
	"\t\tcase $cur in\n"
	"\t\t-*) words=\"--sort --bucket --csv --json --store --customers --customer --now --tz --help\" ;;\n"
	"\t\t*) case $n in\n"
	"\t\t\t0) words=$views ;;\n"
	"\t\t\t1) before=${cur%\"${cur##*[,(]}\"}; words=\"$fields $functions\" ;;\n"
	"\t\t\t2) before=${cur%\"${cur##*[&|( ]}\"}; words=$fields ;;\n"
	"\t\t\t3) words=$intervals ;;\n"
	"\t\t\tesac ;;\n"
	"\t\tesac\n"
	"\telif [ \"$command\" = help ]; then\n"
	"\t\twords=\"fields views functions filters intervals events api limits\"\n"
	"\telse\n"
	"\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tCOMPREPLY=($(compgen -P \"$before\" -W \"$words\" -- \"${cur#\"$before\"}\"))\n"
	"\t[ -n \"$before\" ] || [ $n = 1 ] && compopt -o nospace 2>/dev/null\n"
	"\treturn 0\n"
	"}\n"
	"complete -F _weir weir\n";

int cmd_completion(int argc, char **argv)
{
	_cleanup_(buf_free) struct buf out = { 0 };
	if (argc == 2 && STREQ(argv[1], "--help")) {
		fputs("usage: weir completion bash\n\nPrints a script; in ~/.bashrc: eval \"$(weir completion bash)\"\n", stdout);
		return STATUS_OK;
	}
	if (argc != 2 || !STREQ(argv[1], "bash")) {
		log_error("completion: for which shell? there is bash");
		return STATUS_USAGE;
	}
	buf_text(&out, head);
	put_commands(&out);
	put_views(&out);
	put_functions(&out);
	put_intervals(&out);
	buf_text(&out, tail);
	fputs(buf_str(&out), stdout);
	return out.bad ? STATUS_FAILED : STATUS_OK;
}
