/* Clocks.  The wall clock can be replaced, so that tests and --now decide what "today" is. */
#pragma once
#include "base/util.h"

usec_t clock_now(void);       /* wall clock, UTC, or what clock_pin() said */
void clock_pin(usec_t now);   /* 0 = the real clock again; set before threads start */
usec_t clock_monotonic(void); /* for durations and deadlines; never pinned */
usec_t clock_cpu(void);       /* CPU time of this process */
usec_t clock_thread(void);    /* CPU time of this thread */
