/* One end of a socket over which messages run.  The worker waits in channel_receive(); the broker
 * polls, fills, and takes whole messages as they are there.  One thread. */
#pragma once
#include "script/message.h"

struct channel {
	int fd;
	enum message_to listens;
	size_t most;         /* bytes of a message, where that is less than its row allows; 0 = no matter */
	bool takes_fd;       /* descriptors sent along are kept; else the kernel drops them */
	struct buf in;       /* received; from `done` on not yet handed out */
	size_t done;
	int passed;          /* descriptor that came and belongs to the next message; -1 = none */
	const volatile bool *stop; /* set by another thread: who sends waits no longer; may be NULL */
};

void channel_init(struct channel *c, int fd, enum message_to listens, bool takes_fd);
void channel_close(struct channel *c);

/* Read what is there (waits when the socket is blocking and nothing is).  E_IO: error;
 * E_UNKNOWN: the other end is gone. */
enum err channel_fill(struct channel *c) _must_check_;

/* The next whole message among what was read; its body holds until the next channel_ call. */
enum frame_state channel_next(struct channel *c, struct message *ret);

/* Both in a loop: waits for one message.  E_SYNTAX: not one of ours. */
enum err channel_receive(struct channel *c, struct message *ret) _must_check_;

/* Send a finished frame; fd (-1 = none) goes with its first byte.  Waits for room until the
 * deadline (clock_monotonic; 0 = for ever): E_LIMIT; E_CANCELLED: stopped.  E_UNKNOWN: the other end is gone. */
enum err channel_send(struct channel *c, const struct buf *frame, int fd, usec_t deadline) _must_check_;
