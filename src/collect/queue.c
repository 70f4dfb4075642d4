#include "collect/queue.h"

#include "base/mem.h"

#include <pthread.h>
#include <unistd.h>

/* A parcel is in one of three places: in `free`, between first and last, or with its user. */
struct queue {
	struct queue_options opt;
	pthread_mutex_t lock; /* over everything below */
	pthread_cond_t back;  /* one came into free */
	struct parcel *first, *last;
	size_t waiting;
	struct parcel *free[PARCEL_KINDS];
	struct parcel *all; /* ever made, through `sibling` */
	size_t made[PARCEL_KINDS];
};

enum err queue_new(const struct queue_options *opt, struct queue **ret)
{
	struct queue *q = mem_new0(1, sizeof(*q));
	if (!q)
		return E_NOMEM;
	q->opt = *opt;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->back, NULL);
	*ret = q;
	return OK;
}

static void parcel_free(struct parcel *p)
{
	batch_free(p->batch);
	mem_free(p->notes);
	mem_free(p);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	for (struct parcel *p = q->all, *next; p; p = next) {
		next = p->sibling;
		parcel_free(p);
	}
	pthread_cond_destroy(&q->back);
	pthread_mutex_destroy(&q->lock);
	mem_free(q);
}

static struct parcel *parcel_new(const struct queue *q, enum parcel_kind kind)
{
	struct parcel *p = mem_new0(1, sizeof(*p));
	if (!p)
		return NULL;
	p->kind = kind;
	bool made;
	if (kind == PARCEL_NOTES)
		made = (p->notes = mem_new0(1, sizeof(*p->notes))) != NULL;
	else
		made = batch_new(&tables[kind], q->opt.batch_rows, &p->batch) == OK;
	if (made)
		return p;
	parcel_free(p);
	return NULL;
}

/* Made outside the lock: `made` was counted before, so that no more than `most` are made. */
static struct parcel *make(struct queue *q, enum parcel_kind kind)
{
	struct parcel *p = parcel_new(q, kind);
	pthread_mutex_lock(&q->lock);
	if (p) {
		p->sibling = q->all;
		q->all = p;
	} else {
		q->made[kind]--;
	}
	pthread_mutex_unlock(&q->lock);
	return p;
}

struct parcel *queue_empty(struct queue *q, enum parcel_kind kind, bool wait)
{
	pthread_mutex_lock(&q->lock);
	while (wait && !q->free[kind] && q->made[kind] == q->opt.most[kind])
		pthread_cond_wait(&q->back, &q->lock);
	struct parcel *p = q->free[kind];
	bool room = !p && q->made[kind] < q->opt.most[kind];
	if (p)
		q->free[kind] = p->next;
	else if (room)
		q->made[kind]++;
	pthread_mutex_unlock(&q->lock);
	if (room)
		return make(q, kind);
	if (!p)
		return NULL;
	p->next = NULL;
	if (p->batch)
		batch_reset(p->batch); /* here, where it will be filled */
	else
		p->notes->n = 0;
	return p;
}

void queue_put(struct queue *q, struct parcel *p)
{
	static const uint64_t one = 1;
	p->next = NULL;
	pthread_mutex_lock(&q->lock);
	if (q->last)
		q->last->next = p;
	else
		q->first = p;
	q->last = p;
	q->waiting++;
	pthread_mutex_unlock(&q->lock);
	/* It fails only at 2^64 - 1: then it is readable as well. */
	if (q->opt.wake >= 0 && write(q->opt.wake, &one, sizeof(one)) < 0)
		return;
}

struct parcel *queue_take(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	struct parcel *p = q->first;
	if (p) {
		q->first = p->next;
		if (!q->first)
			q->last = NULL;
		q->waiting--;
	}
	pthread_mutex_unlock(&q->lock);
	return p;
}

void queue_give_back(struct queue *q, struct parcel *p)
{
	pthread_mutex_lock(&q->lock);
	p->next = q->free[p->kind];
	q->free[p->kind] = p;
	pthread_cond_signal(&q->back);
	pthread_mutex_unlock(&q->lock);
}

size_t queue_waiting(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	size_t n = q->waiting;
	pthread_mutex_unlock(&q->lock);
	return n;
}
