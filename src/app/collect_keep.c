/* What workers know that exports do not tell, or not often enough.
 *
 * STORE/templates/all: what exporters of NetFlow v9 and IPFIX told, kept for the next run.
 *
 * Templates come every few minutes only.  They are written a second after there are new ones, then at
 * most every half minute, and when the collector stops; so that also one that is killed knows them.
 * A file that is lost or damaged costs the minutes until exporters tell again, no row: data
 * waits for its template.  So a failure here is said and stops nothing. */
#include "app/collect.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_MOST  ((size_t)256 << 20)
#define KEEP_EVERY (30 * USEC_PER_SEC)

static const char folder_name[] = "templates", file_name[] = "all";

static enum err open_folder(int store, int *ret)
{
	if (mkdirat(store, folder_name, 0755) < 0 && errno != EEXIST)
		return E_IO;
	*ret = openat(store, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *ret < 0 ? E_IO : OK;
}

static void say(const struct collecting *g, const char *what, enum err err)
{
	log_warn("%s/%s: %s: %s", g->store, folder_name, what, err == E_IO ? strerror(errno) : err_text(err));
}

void keep_load(struct collecting *g)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = KEPT_MOST };
	_cleanup_(fd_closep) int dir = -1;
	enum err err = open_folder(store_writer_folder(g->writer), &dir);
	if (err == OK)
		err = file_read_at(dir, file_name, &b);
	if (err == E_IO && errno == ENOENT)
		return;
	if (err == OK)
		err = collector_load_templates(g->collector, b.data, b.len);
	if (err != OK)
		say(g, "templates of the last run are not known", err);
}

/* Told by exporters so far, repeats included: changes when anything may have. */
static uint64_t told(struct collecting *g)
{
	struct collector_totals t;
	collector_totals(g->collector, &t);
	return t.wire.templates + t.wire.option_records;
}

void keep_save(struct collecting *g)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = KEPT_MOST };
	_cleanup_(fd_closep) int dir = -1;
	uint64_t now = told(g);
	if (now == g->kept)
		return;
	enum err err = collector_save_templates(g->collector, &b);
	if (err == OK)
		err = open_folder(store_writer_folder(g->writer), &dir);
	if (err == OK)
		err = file_write_at(dir, file_name, b.data, b.len);
	g->keep_at = clock_monotonic() + KEEP_EVERY;
	if (err == OK)
		g->kept = now;
	else if (!g->failing) /* a full disk has been told of */
		say(g, "could not be kept", err);
}

/* -- configured sampling rates --------------------------------------------------------------------------- */

/* Every rate of c, or 0 for each of them. */
static enum err tell_rates(struct collector *to, const struct config *c, bool take_back)
{
	enum err err = OK;
	for (size_t i = 0; i < c->agents.n && err == OK; i++)
		if (c->agents.at[i].sampling)
			err = collector_set_sampling(to, &c->agents.at[i].agent, 0, take_back ? 0 : c->agents.at[i].sampling);
	for (size_t i = 0; i < c->interfaces.n && err == OK; i++) {
		const struct config_iface *is = &c->interfaces.at[i];
		if (is->sampling)
			err = collector_set_sampling(to, &is->agent, is->ifindex, take_back ? 0 : is->sampling);
	}
	return err;
}

enum err set_sampling(struct collecting *g, const struct config *before)
{
	enum err err = before ? tell_rates(g->collector, before, true) : OK;
	return err == OK ? tell_rates(g->collector, g->config, false) : err;
}

/* -- exporters that are spread ---------------------------------------------------------------------------- */

enum err spread_exporters(struct collecting *g, struct collector *before)
{
	const struct addr *known;
	size_t n = before ? collector_spreads(before, &known) : 0;
	enum err err = OK;
	for (size_t i = 0; i < n && err == OK; i++)
		err = collector_spread(g->collector, &known[i]);
	for (size_t i = 0; i < g->config->spread.n && err == OK; i++) {
		const char *text = g->config->spread.at[i];
		struct addr a;
		if (addr_parse(text, strlen(text), &a))
			err = collector_spread(g->collector, &a);
		else
			log_error("collect.spread: \"%s\" is not an address", text);
	}
	return err;
}

void relieve(struct collecting *g)
{
	struct addr who;
	char text[ADDR_TEXT];
	enum relief how = collector_relieve(g->collector, &who);
	if (how == RELIEF_SPREAD)
		log_info("%s sends more than one worker can take: its sFlow and NetFlow v5 go to all of them", addr_format(&who, text));
	else if (how == RELIEF_MOVED)
		log_info("%s sends most of what a busy worker hears: all of it goes to one that idles", addr_format(&who, text));
}
