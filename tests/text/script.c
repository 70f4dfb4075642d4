/* Runs a .t file of cases through the engine, E4X and all, and compares what the script prints:
 *
 *	# comment lines, then cases:
 *	== what the case shows
 *	script text
 *	--
 *	the lines that print(...) wrote; an error ends them as "error LINE:COLUMN: message"
 *
 * Each case has an engine of its own.  Prints TAP. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "script/engine.h"

static struct buf printed = { .ceiling = 16u << 20 };

static const struct val *fn_print(struct call *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			buf_u8(&printed, ' ');
		if (!val_to_text(c->e, c->arg[i], &printed))
			return NULL;
	}
	buf_u8(&printed, '\n');
	return val_undefined(c->e);
}

static const struct host_fn print_row = { "print", fn_print, "values...", "" };

/* The next line that begins with mark, from s on; NULL = none. */
static char *find_line(char *s, const char *mark)
{
	size_t n = strlen(mark);
	for (; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL)
		if (strncmp(s, mark, n) == 0)
			return s;
	return NULL;
}

static char *line_after(char *s)
{
	char *end = strchr(s, '\n');
	return end ? end + 1 : s + strlen(s);
}

static void run(struct engine *e, char *text)
{
	struct script_error error;
	buf_reset(&printed);
	if (engine_run(e, text, strlen(text), "case", &error))
		return;
	buf_printf(&printed, "error %u:%u: %s\n", error.line, error.column, error.message);
}

static void print_comment(const char *title, const char *text)
{
	printf("# %s\n#   ", title);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			printf("#   ");
	}
}

static bool run_case(const char *name, char *script, const char *want, int number)
{
	const struct engine_options opt = { .e4x = true, .soft_limit_ms = 20000 };
	struct engine *e;
	if (engine_new(&opt, &e) != OK || !engine_function(e, &print_row)) {
		fprintf(stderr, "no engine\n");
		exit(1);
	}
	run(e, script);
	engine_free(e);
	bool ok = strcmp(buf_str(&printed), want) == 0;
	printf("%s %d - %s\n", ok ? "ok" : "not ok", number, name);
	if (!ok) {
		print_comment("wanted", want);
		print_comment("got", buf_str(&printed));
	}
	return ok;
}

int main(int argc, char **argv)
{
	struct buf file = { .ceiling = 16u << 20 };
	int n = 0, failed = 0;

	if (argc < 2 || file_read(argv[1], &file) != OK) {
		fprintf(stderr, "%s: cannot read\n", argc < 2 ? "script: a file" : argv[1]);
		return 1;
	}
	buf_u8(&file, 0);
	engine_prepare();
	for (char *at = find_line((char *)file.data, "== "); at;) {
		char *script = line_after(at), *end = find_line(script, "--\n"), *next;
		char name[200];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 3, "\n"), at + 3);
		if (!end) {
			fprintf(stderr, "%s: case \"%s\" has no \"--\"\n", argv[1], name);
			return 1;
		}
		char *want = line_after(end);
		next = find_line(want, "== ");
		char keep = next ? *next : 0;
		*end = '\0';
		if (next)
			*next = '\0';
		size_t len = strlen(want); /* blank lines between cases are not wanted output */
		while (len > 1 && want[len - 1] == '\n' && want[len - 2] == '\n')
			want[--len] = '\0';
		if (strcmp(want, "\n") == 0)
			*want = '\0';
		failed += !run_case(name, script, want, ++n);
		if (next)
			*next = keep;
		at = next;
	}
	printf("1..%d\n", n);
	buf_free(&file);
	buf_free(&printed);
	return failed != 0;
}
