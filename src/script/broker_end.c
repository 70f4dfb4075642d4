/* How a script ended, told to the person: an error with its place, a limit, or a worker that died. */
#include "script/broker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* Columns of the line before the error's, as blanks; tabs stay, so that the caret stands right. */
static void caret_line(const char *source, unsigned column, char *ret, size_t size)
{
	size_t n = 0;
	unsigned at = 1;
	for (const char *s = source; *s && at < column && n + 2 < size; s++) {
		if (((unsigned char)*s & 0xc0) == 0x80)
			continue; /* inside a UTF-8 character */
		ret[n++] = *s == '\t' ? '\t' : ' ';
		at++;
	}
	ret[n++] = '^';
	ret[n] = 0;
}

static void say_failure(struct broker *b, const struct script_end *end)
{
	const char *file = end->file && *end->file ? end->file : b->job->name;
	char place[32] = "", caret[512];
	if (end->line && end->column)
		snprintf(place, sizeof(place), ":%u:%u", end->line, end->column);
	else if (end->line)
		snprintf(place, sizeof(place), ":%u", end->line);
	broker_say(b, "%s%s: %s", file, place, end->message);
	if (!end->source || !*end->source || !end->line)
		return;
	broker_say(b, "%s", end->source);
	if (!end->column)
		return;
	caret_line(end->source, end->column, caret, sizeof(caret));
	broker_say(b, "%s", caret);
}

void broker_report_end(struct broker *b, const struct script_end *end)
{
	if (end->how == END_FAILED)
		say_failure(b, end);
	/* exit(0) does not undo what went wrong meanwhile (--strict, a drawing). */
	if (end->how == END_FAILED)
		b->status = 1;
	else if (end->how == END_EXIT && end->code)
		b->status = end->code;
}

/* The engine aborts or stumbles when its heap cannot grow.  An engine that stumbled for another
 * reason had not used much. */
static bool memory_was_short(const struct broker *b, const struct rusage *usage)
{
	return (size_t)usage->ru_maxrss * 1024 >= b->limits.heap_bytes / 3;
}

void broker_explain_death(struct broker *b, int wait_status, const struct rusage *usage)
{
	long cpu_s = usage->ru_utime.tv_sec + usage->ru_stime.tv_sec;
	int sig = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	if (sig == SIGXCPU || (sig == SIGKILL && cpu_s >= (long)b->limits.cpu_s))
		broker_stop_limit(b, "cpu");
	else if (sig == SIGSYS)
		broker_stop(b, "script: stopped at a forbidden system call");
	else if (sig == SIGKILL)
		broker_stop(b, "script: its process was killed from outside (memory of the machine short?)");
	else if (sig && memory_was_short(b, usage))
		broker_stop_limit(b, "heap");
	else if (sig)
		broker_stop(b, "script: the engine failed (signal %d, %s)", sig, strsignal(sig));
	else
		broker_stop(b, "script: its process ended without a word (status %d)", WEXITSTATUS(wait_status));
}
