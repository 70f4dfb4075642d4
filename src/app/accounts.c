/* See accounts.h. */
#include "app/accounts.h"

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int accounts_open(const char *command, const char *config, const char *folder, struct config **ret_conf, struct state **ret)
{
	struct problem why = { 0 };
	enum err err = config_read(config, ret_conf, &why);
	if (err == OK && !folder && !*(folder = (*ret_conf)->state)) {
		log_error("%s: there is no state folder (--state DIR, or state: in the configuration)", command);
		return STATUS_USAGE;
	}
	if (err == OK)
		err = state_open(folder, ret, &why);
	if (err == OK)
		return STATUS_OK;
	log_error("%s: %s", command, why.text[0] ? why.text : err_text(err));
	return STATUS_FAILED;
}

const char *console_user(char buf[static MAX_NAME + 1])
{
	const struct passwd *p = getpwuid(getuid());
	if (p)
		snprintf(buf, MAX_NAME + 1, "%s", p->pw_name);
	else
		snprintf(buf, MAX_NAME + 1, "%u", (unsigned)getuid());
	return buf;
}

static usec_t cpu_of(int who)
{
	struct rusage u;
	getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * USEC_PER_SEC + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static int refused(const struct asked *a, enum err err, const struct problem *why)
{
	log_error("%s: %s", a->command, why->text[0] ? why->text : a->state ? state_why(a->state) : err_text(err));
	return STATUS_FAILED;
}

static int note(const struct asked *a, const char *outcome, int64_t rows)
{
	char user[MAX_NAME + 1];
	const struct audit row = { .time = clock_now(), .who = console_user(user), .role = a->customer ? "customer" : "operator",
				   .customer = a->customer ? a->customer : "", .from = "console", .action = a->command,
				   .what = a->what, .outcome = outcome, .rows = rows, .usec = clock_monotonic() - a->started };
	enum err err = audit_add(a->state, &row);
	return err == OK ? STATUS_OK : refused(a, err, &(struct problem){ 0 });
}

/* Who goes on asking beyond the bounds is written down once an hour for each command, so that the log does not
 * fill with it. */
static bool first_refusal(const struct asked *a, usec_t now)
{
	char key[MAX_CUSTOMER + 80];
	const usec_t hour = now - now % USEC_PER_HOUR;
	snprintf(key, sizeof(key), "refused %lld %s %s", (long long)(hour / USEC_PER_HOUR), a->command, a->customer);
	return once_use(a->state, key, hour + USEC_PER_HOUR, now) != E_EXISTS;
}

int asked_nice(const struct asked *a)
{
	enum { STEP = 5, LEAST = 15 };
	return a->ticket ? (int)MIN(quota_beside(a->ticket) * STEP, (unsigned)LEAST) : 0;
}

int asked_begin(struct asked *a, const struct config *c)
{
	struct problem why = { 0 };
	a->started = clock_monotonic();
	if (!*c->state)
		return STATUS_OK;
	const struct quota bounds = config_quota_of(c, a->customer ? a->customer : "");
	enum err err = state_open(c->state, &a->state, &why);
	if (err == OK && a->customer)
		err = quota_begin(a->state, a->customer, &bounds, clock_now(), &a->ticket, &why);
	if (err == E_LIMIT && first_refusal(a, clock_now()))
		(void)note(a, why.text, -1); /* refused either way */
	if (err != OK)
		return refused(a, err, &why);
	if (asked_nice(a) && setpriority(PRIO_PROCESS, 0, asked_nice(a)) != 0)
		log_warn("%s: %m", a->command); /* it runs, only not behind the others */
	return STATUS_OK;
}

int asked_end(struct asked *a, int status, int64_t rows)
{
	static const char *const outcomes[] = { [STATUS_OK] = "ok", [STATUS_FAILED] = "failed", [STATUS_USAGE] = "wrong usage" };
	char other[32];
	if (!a->state)
		return status;
	usec_t cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
	const struct usage used = { .cpu_ms = (uint64_t)(cpu / 1000), .rows = rows > 0 ? (uint64_t)rows : 0 };
	enum err err = a->ticket ? quota_end(a->ticket, &used) : OK;
	int failed = err == OK ? STATUS_OK : refused(a, err, &(struct problem){ 0 });
	snprintf(other, sizeof(other), "exit status %d", status);
	int noted = note(a, (size_t)status < COUNT_OF(outcomes) ? outcomes[status] : other, rows);
	state_close(a->state);
	*a = (struct asked){ 0 };
	return status != STATUS_OK ? status : failed != STATUS_OK ? failed : noted;
}
