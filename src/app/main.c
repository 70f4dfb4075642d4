/* weir COMMAND [OPTION]... : finds the command's row and runs it. */
#include "app/app.h"

#include "base/log.h"
#include "base/util.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
#define COMMAND(name, help) { #name, cmd_##name, help },
#include "app/commands.def"
#undef COMMAND
};

/* A row's name as people write it. */
static const char *written(const char *name, char buf[static 40])
{
	snprintf(buf, 40, "%s", name);
	for (char *s = buf; *s; s++)
		if (*s == '_')
			*s = '-';
	return buf;
}

static void print_usage(FILE *to)
{
	char name[40];
	fputs("usage: weir COMMAND [OPTION]...\n\n", to);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(to, "  %-16s %s\n", written(commands[i].name, name), commands[i].help);
	fputs("\n`weir COMMAND --help` describes a command.  Exit status: 0 ok, 1 failed, 2 usage.\n", to);
}

int usage_hint(const char *command)
{
	fprintf(stderr, "Try 'weir %s --help'.\n", command);
	return STATUS_USAGE;
}

/* Output that could not be written is a failure, even when all else went well. */
static int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("standard output: %m");
		return status ? status : STATUS_FAILED;
	}
	return status;
}

/* getopt begins its messages with argv[0]. */
static int run(const char *name, int (*command)(int argc, char **argv), int argc, char **argv)
{
	char called[48];
	snprintf(called, sizeof(called), "weir: %s", name);
	argv[0] = called;
	return finish(command(argc, argv));
}

int main(int argc, char **argv)
{
	const char *program = strrchr(argv[0], '/');
	program = program ? program + 1 : argv[0];
	net_start();
	if (STREQ(program, "query")) /* the reference product's name for it */
		return run("query", cmd_query, argc, argv);
	if (argc < 2) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	if (STREQ(argv[1], "--help") || STREQ(argv[1], "-h")) {
		print_usage(stdout);
		return finish(STATUS_OK);
	}
	if (STREQ(argv[1], "--version")) {
		puts("weir " WEIR_VERSION);
		return finish(STATUS_OK);
	}
	char name[40];
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (STREQ(argv[1], written(commands[i].name, name)))
			return run(name, commands[i].run, argc - 1, argv + 1);
	log_error("\"%s\" is no command", argv[1]);
	print_usage(stderr);
	return STATUS_USAGE;
}
