#include "base/zone.h"

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct zone {
	char name[64]; /* "" = the process's own */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static struct map zones;
static char *home_tz; /* TZ as the process started; NULL = unset */
static bool started;
static const struct zone *current; /* the zone glibc is switched to */

static bool name_is_plain(const char *name)
{
	if (strlen(name) >= sizeof(((struct zone *)0)->name) || strstr(name, "..") || strstr(name, "//") || name[0] == '/')
		return false;
	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_+-/", *s))
			return false;
	return true;
}

/* "Europe" is there, too, and "leapseconds": of what is no zone glibc makes UTC without a word. */
static bool in_database(const char *name)
{
	static const char magic[] = { 'T', 'Z', 'i', 'f' };
	char path[128], begins[sizeof(magic)];
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	_cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return STREQ(name, "UTC") || (fd >= 0 && read(fd, begins, sizeof(begins)) == (ssize_t)sizeof(begins) &&
				      memcmp(begins, magic, sizeof(magic)) == 0);
}

static void start_locked(void)
{
	if (started)
		return;
	const char *tz = getenv("TZ");
	home_tz = tz ? mem_strdup(tz) : NULL;
	started = true;
}

enum err zone_find(const char *name, const struct zone **ret)
{
	if (!name)
		name = "";
	if (!name_is_plain(name))
		return E_UNKNOWN;
	pthread_mutex_lock(&lock);
	start_locked();
	/* A zone that was found once stays so, where there are no files any more (sandboxes). */
	const struct map_entry *known = map_get_str(&zones, name);
	if (!(known && known->ptr) && *name && !in_database(name)) {
		pthread_mutex_unlock(&lock);
		return E_UNKNOWN;
	}
	struct map_entry *e;
	bool fresh;
	enum err err = map_put_str(&zones, name, &e, &fresh);
	if (err == OK && fresh) {
		struct zone *z = mem_new0(1, sizeof(*z));
		if (z)
			memcpy(z->name, name, strlen(name) + 1);
		else
			err = E_NOMEM;
		e->ptr = z;
	}
	if (err == OK && !e->ptr)
		err = E_NOMEM;
	if (err == OK)
		*ret = e->ptr;
	pthread_mutex_unlock(&lock);
	return err;
}

const char *zone_name(const struct zone *z)
{
	if (z->name[0])
		return z->name;
	return home_tz && *home_tz ? home_tz : "local";
}

static void switch_locked(const struct zone *z)
{
	if (current == z)
		return;
	if (z->name[0])
		setenv("TZ", z->name, 1);
	else if (home_tz)
		setenv("TZ", home_tz, 1);
	else
		unsetenv("TZ");
	tzset();
	current = z;
}

struct civil zone_civil(const struct zone *z, usec_t t)
{
	time_t sec = (time_t)(t >= 0 ? t / USEC_PER_SEC : -((-t + USEC_PER_SEC - 1) / USEC_PER_SEC));
	struct tm tm;
	pthread_mutex_lock(&lock);
	switch_locked(z);
	localtime_r(&sec, &tm);
	pthread_mutex_unlock(&lock);
	return (struct civil){ .year = tm.tm_year + 1900,
			       .month = tm.tm_mon + 1,
			       .day = tm.tm_mday,
			       .hour = tm.tm_hour,
			       .minute = tm.tm_min,
			       .second = tm.tm_sec,
			       .weekday = (tm.tm_wday + 6) % 7,
			       .offset_sec = (int)tm.tm_gmtoff };
}

static time_t offset_locked(time_t t)
{
	struct tm tm;
	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/* Not by mktime(): with a flag that does not fit it searches years of transitions, and in some gaps
 * it answers with the instant before.  A day before and a day after the local time, read as UTC,
 * lie on both sides of it in every zone; one of the two offsets there is the one in force. */
usec_t zone_utc(const struct zone *z, struct civil c)
{
	enum { DAY = 86400 };
	struct tm wanted = { .tm_year = c.year - 1900,
			     .tm_mon = c.month - 1,
			     .tm_mday = c.day,
			     .tm_hour = c.hour,
			     .tm_min = c.minute,
			     .tm_sec = c.second };
	time_t local = timegm(&wanted);
	pthread_mutex_lock(&lock);
	switch_locked(z);
	time_t before = offset_locked(local - DAY), after = offset_locked(local + DAY);
	time_t sec = local - before; /* in a gap both fail, and this is the instant behind it */
	if (after != before) {
		bool by_before = offset_locked(local - before) == before;
		bool by_after = offset_locked(local - after) == after;
		if (by_after && (!by_before || after > before)) /* twice: the first */
			sec = local - after;
	}
	pthread_mutex_unlock(&lock);
	return (usec_t)sec * USEC_PER_SEC;
}

const char *zone_iso(const struct zone *z, usec_t t, char buf[static 40])
{
	struct civil c = zone_civil(z, t);
	int off = c.offset_sec < 0 ? -c.offset_sec : c.offset_sec;
	snprintf(buf, 40, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", c.year, c.month, c.day, c.hour,
		 c.minute, c.second, c.offset_sec < 0 ? '-' : '+', off / 3600, off / 60 % 60);
	return buf;
}
