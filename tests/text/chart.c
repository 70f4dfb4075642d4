/* Runs tests/text/chart/NAME.t and prints TAP.  Cases are two lines, separated by blank lines; a
 * line that begins with # is a comment:
 *
 *	value LO HI WANT           labels of a value axis; percent LO HI WANT likewise
 *	text NUMBER [UNIT]         one value in words
 *	time FROM TO ZONE WANT     labels of a time axis, * before those that begin a day, month or year
 *	times FROM TO ZONE WANT    the same ticks as UTC times
 *	span FROM TO ZONE          the range in words; brief FROM TO ZONE the shorter form
 *	ANSWER                     labels stand apart by " | "
 *
 * FROM and TO are local times of ZONE, 2026-03-29T01:30[:15]. */
#include "chart/scale.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_WORDS = 6 };

static struct tz zone_of(const char *name, struct span span)
{
	struct tz z;
	if (tz_find(name, span, &z) != OK) {
		printf("Bail out! no zone %s\n", name);
		exit(1);
	}
	return z;
}

static usec_t time_of(const struct tz *z, const char *s)
{
	struct civil c = { 0 };
	if (sscanf(s, "%d-%d-%dT%d:%d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second) < 3) {
		printf("Bail out! \"%s\" is no time\n", s);
		exit(1);
	}
	return tz_instant(z, c, NULL);
}

/* The zone is needed to read the times, and the times to know which turns matter. */
static struct span span_of(char **w, struct tz *ret_zone)
{
	const struct span wide = { 0, (usec_t)4102444800 * USEC_PER_SEC };
	*ret_zone = zone_of(w[3], wide);
	struct span s = { time_of(ret_zone, w[1]), time_of(ret_zone, w[2]) };
	*ret_zone = zone_of(w[3], s);
	return s;
}

static void labels_of_values(char **w, bool percent, struct buf *out)
{
	struct value_axis a;
	value_axis_make(strtod(w[1], NULL), strtod(w[2], NULL), (size_t)atoi(w[3]), percent, &a);
	for (size_t i = 0; i < a.n; i++)
		buf_printf(out, "%s%s", i ? " | " : "", a.tick[i].label);
	if (a.lo > 0 || a.hi < 0 || a.tick[0].at != a.lo || a.tick[a.n - 1].at != a.hi)
		buf_text(out, " (axis does not reach from its first tick over 0 to its last)");
}

static void labels_of_times(char **w, bool utc, struct buf *out)
{
	struct tz z;
	struct time_axis a;
	struct span s = span_of(w, &z);
	time_axis_make(s, &z, (size_t)atoi(w[4]), &a);
	for (size_t i = 0; i < a.n; i++) {
		struct tz zero;
		tz_utc_only(&zero);
		struct civil c = tz_civil(&zero, a.tick[i].at);
		buf_text(out, i ? " | " : "");
		if (utc)
			buf_printf(out, "%02d %02d:%02d", c.day, c.hour, c.minute);
		else
			buf_printf(out, "%s%s", a.tick[i].strong ? "*" : "", a.tick[i].label);
	}
}

static void answer(const char *question, struct buf *out)
{
	char line[256], *w[MAX_WORDS] = { 0 }, *save = NULL;
	size_t n = 0;
	snprintf(line, sizeof(line), "%s", question);
	for (char *s = strtok_r(line, " ", &save); s && n < MAX_WORDS; s = strtok_r(NULL, " ", &save))
		w[n++] = s;
	char text[80];
	if (n == 4 && (STREQ(w[0], "value") || STREQ(w[0], "percent"))) {
		labels_of_values(w, STREQ(w[0], "percent"), out);
	} else if (n == 5 && (STREQ(w[0], "time") || STREQ(w[0], "times"))) {
		labels_of_times(w, STREQ(w[0], "times"), out);
	} else if (n == 4 && (STREQ(w[0], "span") || STREQ(w[0], "brief"))) {
		struct tz z;
		struct span s = span_of(w, &z);
		buf_text(out, w[0][0] == 's' ? span_text(s, &z, text) : span_brief(s, &z, text));
	} else if ((n == 2 || n == 3) && STREQ(w[0], "text")) {
		buf_text(out, value_text(strtod(w[1], NULL), w[2] ? w[2] : "", text));
	} else {
		buf_text(out, "(the question is not understood)");
	}
}

int main(int argc, char **argv)
{
	struct buf file = { 0 };
	size_t tests = 0, failed = 0, number = 0, asked_at = 0;
	char *question = NULL;

	if (argc != 2 || file_read(argv[1], &file) != OK) {
		fprintf(stderr, "usage: chart FILE.t\n");
		return 2;
	}
	buf_u8(&file, 0);
	for (char *line = (char *)file.data, *end; line && *line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		number++;
		if (*line == '#' || !*line)
			continue;
		if (!question) {
			question = line;
			asked_at = number;
			continue;
		}
		struct buf got = { 0 };
		answer(question, &got);
		bool good = STREQ(buf_str(&got), line);
		printf("%sok %zu - line %zu: %s\n", good ? "" : "not ", ++tests, asked_at, question);
		if (!good)
			printf("# want: %s\n#  got: %s\n", line, buf_str(&got));
		failed += !good;
		buf_free(&got);
		question = NULL;
	}
	if (question) {
		printf("not ok %zu - line %zu has no answer\n", ++tests, asked_at);
		failed++;
	}
	printf("1..%zu\n", tests);
	buf_free(&file);
	return failed != 0;
}
