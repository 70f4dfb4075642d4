/* A process's second thread: waits between questions, for to start one takes as long as a small question.
 *
 * Made when it is first lent, for good; all signals are blocked in it.  A child of fork() has none and makes
 * its own.  Threads may ask at the same time: one has it, the others are told no. */
#pragma once
#include <stdbool.h>

/* It runs work(arg) now; false: it is lent to somebody, or cannot be made. */
bool second_lend(void (*work)(void *), void *arg);
/* Of the one who has it: until work has returned.  Then it is free. */
void second_wait(void);
