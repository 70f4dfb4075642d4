/* Messages for the person at the terminal or in the journal: one line each on stderr,
 * "weir: TEXT".  Only app/ and the doors of daemons call this (see style, Errors). */
#pragma once
#include "base/util.h"

void log_error(const char *fmt, ...) _printf_(1, 2);
void log_warn(const char *fmt, ...) _printf_(1, 2); /* "weir: warning: TEXT" */
void log_info(const char *fmt, ...) _printf_(1, 2); /* silent after log_quiet(true) */
void log_quiet(bool quiet);
