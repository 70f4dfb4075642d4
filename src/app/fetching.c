#include "app/fetching.h"

#include "app/config.h"
#include "base/child.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define FETCH_EVERY USEC_PER_MIN
#define STORE_EVERY (USEC_PER_SEC / 5) /* while the store is not there yet */

struct fetching {
	int fd; /* a byte for each time the configuration is to be read again; its end is ours */
};

/* -- the process ------------------------------------------------------------------------------------ */

struct fetcher {
	const char *named, *store;
	struct config *config;
	struct customers_options options;
	struct customers_source source;
	struct customers_keeper *keeper; /* NULL: there is nothing to fetch */
	struct problem said;             /* what was wrong the last time */
};

static void forget(struct fetcher *f)
{
	customers_keeper_free(f->keeper);
	f->keeper = NULL;
	fd_close(f->source.copies);
	f->source.copies = -1;
	config_free(f->config);
	f->config = NULL;
}

/* What is wrong with the configuration the collector says, too. */
static void configure(struct fetcher *f)
{
	struct problem why = { 0 };
	forget(f);
	if (config_read(f->named, &f->config, &why) != OK || !strstr(f->config->customers, "://"))
		return;
	f->options = config_customers(f->config);
	f->source = (struct customers_source){ .from = f->config->customers, .options = &f->options, .copies = -1 };
	if (zone_find(f->config->time_zone, &f->source.zone) != OK || customers_keeper_new(&f->source, &f->keeper) != OK)
		log_error("customers: %s is not fetched", f->config->customers);
}

/* The folder for copies, made where it is not there; false: nor is the store. */
static bool find_folder(struct fetcher *f)
{
	_cleanup_(fd_closep) int store = open(f->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->source.copies < 0 && store >= 0 && (mkdirat(store, "model", 0755) == 0 || errno == EEXIST))
		f->source.copies = openat(store, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->source.copies >= 0;
}

static void fetch(struct fetcher *f)
{
	struct problem why = { 0 };
	bool changed;
	enum err err = customers_refresh(f->keeper, NULL, NULL, &changed, &why);
	if (err != OK && !STREQ(f->said.text, why.text))
		log_warn("customers: %s; asked again each minute", why.text);
	else if (err == OK && f->said.text[0])
		log_info("customers: %s answers again", f->source.from);
	if (err == OK)
		why = (struct problem){ 0 };
	f->said = why;
}

static void keep_copy(struct fetcher *f, int fd)
{
	configure(f);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		usec_t wait = FETCH_EVERY;
		char byte;
		if (f->keeper && !find_folder(f))
			wait = STORE_EVERY;
		else if (f->keeper)
			fetch(f);
		if (poll(&p, 1, f->keeper ? (int)(wait / 1000) : -1) <= 0)
			continue;
		if (read(fd, &byte, 1) != 1)
			return;
		configure(f);
	}
}

/* -- its parent --------------------------------------------------------------------------------------- */

enum err fetching_new(const char *config, const char *store, struct fetching **ret)
{
	int end[2];
	struct fetching *f = mem_new0(1, sizeof(*f));
	if (!f)
		return E_NOMEM;
	if (pipe2(end, O_CLOEXEC) < 0) {
		mem_free(f);
		return E_IO;
	}
	const pid_t pid = child_new("weir-fetch");
	if (pid == 0) {
		struct fetcher in = { .named = config, .store = store, .source.copies = -1 };
		(void)close_range(3, (unsigned)end[0] - 1, 0); /* others' ends */
		(void)close_range((unsigned)end[0] + 1, ~0U, 0);
		keep_copy(&in, end[0]);
		_exit(0);
	}
	fd_close(end[0]);
	f->fd = end[1];
	if (pid < 0) {
		fetching_free(f);
		return E_IO;
	}
	*ret = f;
	return OK;
}

void fetching_again(struct fetching *f)
{
	if (write(f->fd, "r", 1) != 1)
		log_error("customers: the process that fetches the mapping is gone; a restart makes it again");
}

void fetching_free(struct fetching *f)
{
	if (!f)
		return;
	fd_close(f->fd); /* at which it ends */
	mem_free(f);
}
