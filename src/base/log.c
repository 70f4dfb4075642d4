#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static bool quiet_info;

void log_quiet(bool quiet)
{
	quiet_info = quiet;
}

__attribute__((format(printf, 2, 0))) static void line(const char *lead, const char *fmt, va_list ap)
{
	char text[2048];
	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(stderr, "weir: %s%s\n", lead, text);
}

#define DEFINE_LOG(name, lead, when)                                                               \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		if (when)                                                                          \
			line(lead, fmt, ap);                                                       \
		va_end(ap);                                                                        \
	}

DEFINE_LOG(log_error, "", true)
DEFINE_LOG(log_warn, "warning: ", true)
DEFINE_LOG(log_info, "", !quiet_info)
