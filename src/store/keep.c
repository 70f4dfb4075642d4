#include "store/keep.h"

#include "store/seg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a control group (version 2) lets its processes have; UINT64_MAX: that is not told. */
static uint64_t group_memory(const char *group)
{
	char path[4200], text[32] = "";
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", group);
	FILE *f = fopen(path, "re");
	if (!f)
		return UINT64_MAX;
	bool is_number = fgets(text, sizeof(text), f) && text[0] >= '0' && text[0] <= '9';
	(void)fclose(f);
	return is_number ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* Its own group's, and those above; inside a container the root is the container's. */
static uint64_t groups_memory(void)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/self/cgroup", "re");
	uint64_t least = group_memory("");
	while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::", 3) != 0)
		line[0] = 0;
	if (f)
		(void)fclose(f);
	char *group = strncmp(line, "0::", 3) == 0 ? line + 3 : line;
	group[strcspn(group, "\n")] = 0;
	for (char *slash; (slash = strrchr(group, '/')); *slash = 0)
		least = MIN(least, group_memory(group));
	return least;
}

size_t keep_most(void)
{
	struct rlimit space;
	const uint64_t share = 8;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t most = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
	most = MIN(most, groups_memory());
	if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
		most = MIN(most, (uint64_t)space.rlim_cur);
	return (size_t)MAX(MIN(most / share, (uint64_t)KEEP_MOST), (uint64_t)KEEP_LEAST);
}

void keep_init(struct keep *k, size_t most)
{
	*k = (struct keep){ .lock = PTHREAD_MUTEX_INITIALIZER, .most = most };
}

static void free_list(struct seg *s)
{
	for (struct seg *older; s; s = older) {
		older = s->older;
		seg_free(s);
	}
}

void keep_end(struct keep *k)
{
	free_list(k->newest);
	pthread_mutex_destroy(&k->lock);
}

/* Bytes of the loaded columns, as they were asked of malloc. */
static size_t loaded_bytes(const struct seg *s)
{
	size_t n = sizeof(*s) + (s->own ? sidecar_bytes(s->own) : 0);
	for (size_t c = 0; c < s->table->ncols; c++) {
		const struct seg_entry *e = &s->entry[c];
		const struct loaded *l = &s->loaded[c];
		if (l->raw)
			n += e->dict.len + e->blocks.len + e->rows.len;
		if (l->codes)
			n += s->front.rows * e->code_bytes;
		if (l->block)
			n += seg_blocks(s->front.rows) * sizeof(*l->block);
		if (l->dict_uint)
			n += e->dict_n * sizeof(*l->dict_uint);
		if (l->dict_addr)
			n += e->dict_n * sizeof(*l->dict_addr);
		if (l->index_raw)
			n += e->index.len + e->dict_n / 16;
	}
	return n;
}

/* The longest unused go until `more` bytes fit below the ceiling; they are returned, for the lock is
 * held. */
static struct seg *make_room(struct keep *k, size_t more)
{
	struct seg *gone = NULL;
	while (k->newest && k->bytes + more > k->most) {
		struct seg **at = &k->newest;
		while ((*at)->older)
			at = &(*at)->older;
		struct seg *oldest = *at;
		*at = NULL;
		k->bytes -= oldest->kept_bytes;
		oldest->older = gone;
		gone = oldest;
	}
	return gone;
}

bool seg_stays(struct seg *s)
{
	struct keep *k = s->keep;
	if (!k)
		return false;
	size_t bytes = loaded_bytes(s);
	pthread_mutex_lock(&k->lock);
	k->bytes -= s->kept_bytes;
	s->kept_bytes = 0;
	struct seg *gone = make_room(k, bytes);
	if (k->bytes + bytes <= k->most) {
		k->bytes += bytes;
		s->kept_bytes = bytes;
	}
	pthread_mutex_unlock(&k->lock);
	free_list(gone);
	return s->kept_bytes;
}

void seg_done(struct seg *s)
{
	if (!seg_stays(s))
		seg_release(s);
}

struct seg *keep_take(struct keep *k, const struct table *t, const char *name)
{
	pthread_mutex_lock(&k->lock);
	struct seg **at = &k->newest;
	while (*at && ((*at)->table != t || strcmp((*at)->name, name) != 0))
		at = &(*at)->older;
	struct seg *s = *at;
	if (s)
		*at = s->older;
	pthread_mutex_unlock(&k->lock);
	return s;
}

void keep_drop(struct keep *k, struct seg *s)
{
	pthread_mutex_lock(&k->lock);
	k->bytes -= s->kept_bytes;
	pthread_mutex_unlock(&k->lock);
	seg_free(s);
}

void keep_give(struct keep *k, struct seg *s)
{
	if (!s->kept_bytes) {
		seg_free(s);
		return;
	}
	assert(s->keep == k);
	pthread_mutex_lock(&k->lock);
	s->older = k->newest;
	k->newest = s;
	pthread_mutex_unlock(&k->lock);
}
