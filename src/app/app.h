/* The door of app/: the commands of `weir`.  commands.def has a row for each; main.c finds the
 * row and calls cmd_NAME with argv[0] = the command's name.  A command returns its exit status:
 * STATUS_OK, STATUS_FAILED, STATUS_USAGE (docs: cli). */
#pragma once

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#define COMMAND(name, help) int cmd_##name(int argc, char **argv);
#include "app/commands.def"
#undef COMMAND

/* After a wrong option: "Try 'weir NAME --help'." on stderr; returns STATUS_USAGE. */
int usage_hint(const char *command);
