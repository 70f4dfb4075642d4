#include "base/clock.h"

#include <time.h>

static usec_t pinned;

static usec_t read_clock(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return pinned ? pinned : read_clock(CLOCK_REALTIME);
}

void clock_pin(usec_t now)
{
	pinned = now;
}

usec_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

usec_t clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

usec_t clock_thread(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
