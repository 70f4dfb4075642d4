/* The writer's MANIFEST, in memory and on disk: the one thing that the thread which writes rows and
 * a thread which compacts share.
 *
 *	rows      put put put  [files of a seal]  edit  put put put
 *	upkeep    choose  [files of a merge .......................]  edit
 *
 * Whoever changes it takes the lock, edits a copy of what is true then, and replaces MANIFEST by
 * it before letting go; files are made before, without the lock.  So neither undoes what the other
 * did, and neither waits for more than one small file.  Numbers of new files are taken under the
 * lock, too, and none is given twice.
 *
 * `upkeep` is held by a whole compaction or pruning: two of these wait for each other. */
#include "store/sidecar_file.h"
#include "store/sys.h"
#include "store/writer.h"

#include "base/mem.h"

#include <assert.h>

static void lock(pthread_mutex_t *m)
{
	int bad = pthread_mutex_lock(m);
	assert(!bad);
	(void)bad;
}

static void unlock(pthread_mutex_t *m)
{
	int bad = pthread_mutex_unlock(m);
	assert(!bad);
	(void)bad;
}

void truth_init(struct store_writer *w)
{
	pthread_mutex_init(&w->lock_manifest, NULL); /* with no attributes it cannot fail */
	pthread_mutex_init(&w->lock_upkeep, NULL);
}

void truth_destroy(struct store_writer *w)
{
	manifest_free(&w->manifest);
	pthread_mutex_destroy(&w->lock_manifest);
	pthread_mutex_destroy(&w->lock_upkeep);
}

void upkeep_begin(struct store_writer *w)
{
	lock(&w->lock_upkeep);
}

void upkeep_end(struct store_writer *w)
{
	unlock(&w->lock_upkeep);
}

const struct manifest *truth_look(struct store_writer *w)
{
	lock(&w->lock_manifest);
	return &w->manifest;
}

void truth_looked(struct store_writer *w)
{
	unlock(&w->lock_manifest);
}

uint64_t truth_numbers(struct store_writer *w, size_t n)
{
	lock(&w->lock_manifest);
	uint64_t first = w->manifest.next;
	w->manifest.next += n;
	unlock(&w->lock_manifest);
	return first;
}

enum err truth_edit(struct store_writer *w, struct manifest *ret)
{
	lock(&w->lock_manifest);
	enum err e = manifest_copy(&w->manifest, ret);
	if (e != OK)
		unlock(&w->lock_manifest);
	return e;
}

enum err truth_publish(struct store_writer *w, struct manifest *m, bool *ret_there)
{
	m->generation++;
	enum err e = layout_write_manifest(w->folder, m, !w->opt.no_sync, ret_there);
	if (!*ret_there)
		return e;
	w->manifest_owed = e != OK;
	manifest_free(&w->manifest);
	w->manifest = *m;
	*m = (struct manifest){ 0 };
	return e;
}

void truth_end(struct store_writer *w, struct manifest *m)
{
	manifest_free(m);
	unlock(&w->lock_manifest);
}

enum err truth_settle(struct store_writer *w)
{
	enum err e = OK;
	bool there;
	lock(&w->lock_manifest);
	if (w->manifest_owed) {
		w->manifest.generation++;
		e = layout_write_manifest(w->folder, &w->manifest, !w->opt.no_sync, &there);
		w->manifest_owed = e != OK;
	}
	unlock(&w->lock_manifest);
	return e;
}

/* -- what was replaced ------------------------------------------------------------------------ */

/* Old lines whose grace is over leave mt and are added to gone. */
static enum err take_due(struct manifest_table *mt, usec_t before, struct manifest_table *gone)
{
	size_t kept = 0;
	enum err e = OK;
	for (size_t i = 0; i < mt->nold && e == OK; i++) {
		if (mt->old[i].since > before)
			mt->old[kept++] = mt->old[i];
		else
			e = manifest_add_old(gone, mt->old[i].path, 0);
	}
	mt->nold = kept;
	return e;
}

enum err truth_remove_replaced(struct store_writer *w, usec_t now, usec_t grace, size_t *ret_files)
{
	struct manifest m;
	struct manifest_table gone = { 0 };
	bool there;
	enum err e = truth_edit(w, &m);
	if (e != OK)
		return e;
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = take_due(&m.table[t], now - grace, &gone);
	if (e == OK && gone.nold)
		e = truth_publish(w, &m, &there);
	truth_end(w, &m);
	if (e == OK) {
		for (size_t i = 0; i < gone.nold; i++)
			sys_remove(w->folder, gone.old[i].path);
		sidecars_remove_of(w->folder, &gone);
		*ret_files += gone.nold;
	}
	mem_free(gone.old);
	return e;
}
