/* The folder of scripts.  A file is read for each request: it is small, and what was uploaded a moment
 * ago is what runs. */
#include "base/file.h"
#include "base/mem.h"
#include "rest/parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_SOURCE = 5 << 20, MAX_SCRIPTS = 10000 };

/* A name is a file's name without ".js": no path can be made of it. */
bool script_name_good(const char *name)
{
	size_t n = strlen(name);
	if (!n || n >= REST_NAME || name[0] == '.' || name[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= '0' && name[i] <= '9') ||
		      strchr("_-.", name[i])))
			return false;
	return true;
}

static enum err read_source(int folder, const char *file, struct script *s)
{
	/* Of a pipe's end nobody waits for the other. */
	_cleanup_(fd_closep) int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return E_UNKNOWN;
	if (fstat(fd, &s->file) < 0 || !S_ISREG(s->file.st_mode))
		return E_UNKNOWN;
	if (s->file.st_size > MAX_SOURCE)
		return E_LIMIT;
	struct buf b = { .ceiling = MAX_SOURCE };
	enum err err = file_read_fd(fd, &b); /* what was looked at, not what has its name by now */
	if (err == OK && !(s->source = mem_strndup(b.len ? (const char *)b.data : "", b.len)))
		err = E_NOMEM;
	s->len = b.len;
	if (err == OK)
		crypto_hash_sha256(s->digest, (const uint8_t *)s->source, s->len);
	buf_free(&b);
	return err;
}

enum err script_load(const struct rest *r, const char *name, struct script *ret)
{
	struct script s = { 0 };
	char file[REST_NAME + 4];
	if (!script_name_good(name))
		return E_UNKNOWN;
	snprintf(s.name, sizeof(s.name), "%s", name);
	snprintf(file, sizeof(file), "%s.js", name);
	_cleanup_(fd_closep) int folder = open(r->opt.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = folder < 0 ? E_UNKNOWN : read_source(folder, file, &s);
	if (err == OK)
		err = head_read(file, s.source, s.len, &s.head);
	if (err == OK)
		*ret = s;
	else
		script_drop(&s);
	return err;
}

void script_drop(struct script *s)
{
	mem_free(s->source);
	head_free(&s->head);
	*s = (struct script){ 0 };
}

/* -- all of them ------------------------------------------------------------------------------------ */

static int is_script(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	char name[REST_NAME];
	if (n < 4 || n - 3 >= sizeof(name) || !STREQ(d->d_name + n - 3, ".js"))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(n - 3), d->d_name);
	return script_name_good(name);
}

static void tell(struct rest *r, const struct script *s, void (*each)(void *arg, const struct rest_info *i), void *arg)
{
	struct rest_info i = {
		.name = s->name, .author = s->head.author, .version = s->head.version, .description = s->head.description,
		.inputs = s->head.inputs, .format = s->head.resultFormat, .roles = s->head.roles, .ttl_s = s->head.ttl_s,
		.wrong = s->head.wrong, .changed = (usec_t)s->file.st_mtim.tv_sec * USEC_PER_SEC,
	};
	pthread_mutex_lock(&r->lock);
	const struct map_entry *e = map_get_str(&r->stats, s->name);
	if (e) {
		const struct stats *t = e->ptr;
		i.runs = t->runs;
		i.hits = t->hits;
		i.errors = t->errors;
		i.took = t->took;
		i.cpu = t->cpu;
		i.last = t->last;
	}
	pthread_mutex_unlock(&r->lock);
	each(arg, &i);
}

static bool is_staff(const char *role)
{
	return STREQ(role, "operator") || STREQ(role, "admin");
}

enum err rest_each(struct rest *r, const char *role, void (*each)(void *arg, const struct rest_info *i), void *arg)
{
	struct dirent **list = NULL;
	enum err err = OK;
	int n = scandir(r->opt.folder, &list, is_script, alphasort);
	for (int k = 0; k < n; k++) {
		struct script s;
		char name[REST_NAME];
		snprintf(name, sizeof(name), "%.*s", (int)(strlen(list[k]->d_name) - 3), list[k]->d_name);
		free(list[k]);
		if (err != OK || k >= MAX_SCRIPTS || (err = script_load(r, name, &s)) != OK) {
			err = err == E_NOMEM ? err : OK; /* one that went away, or is too large, is none */
			continue;
		}
		if (is_staff(role) || (list_has(s.head.roles, role) && !s.head.wrong[0]))
			tell(r, &s, each, arg);
		script_drop(&s);
	}
	free(list);
	return err;
}
