#include "query/second.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t lent, done;
	pid_t pid; /* whose thread it is; 0: there is none */
	bool busy; /* from second_lend() to second_wait() */
	void (*work)(void *);
	void *arg;
} second = { .lock = PTHREAD_MUTEX_INITIALIZER, .lent = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };

static void *serve(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&second.lock);
	for (;;) {
		while (!second.work)
			pthread_cond_wait(&second.lent, &second.lock);
		pthread_mutex_unlock(&second.lock);
		second.work(second.arg);
		pthread_mutex_lock(&second.lock);
		second.work = NULL;
		pthread_cond_signal(&second.done);
	}
	return NULL;
}

static bool make(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	bool made = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
		    pthread_create(&thread, &attr, serve, NULL) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	second.pid = made ? getpid() : 0;
	return made;
}

static void hold(void)
{
	pthread_mutex_lock(&second.lock);
}

static void let_go(void)
{
	pthread_mutex_unlock(&second.lock);
}

/* The child has only the thread that forked; conditions may have had a waiter. */
static void in_child(void)
{
	second.pid = 0;
	second.busy = false;
	second.work = NULL;
	second.lent = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	second.done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	let_go();
}

static void look_at_forks(void)
{
	(void)pthread_atfork(hold, let_go, in_child);
}

bool second_lend(void (*work)(void *), void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, look_at_forks);
	hold();
	bool free = !second.busy && (second.pid || make());
	if (free) {
		second.busy = true;
		second.arg = arg;
		second.work = work;
		pthread_cond_signal(&second.lent);
	}
	let_go();
	return free;
}

void second_wait(void)
{
	hold();
	while (second.work)
		pthread_cond_wait(&second.done, &second.lock);
	second.busy = false;
	let_go();
}
