/* A packet as it would be on the wire, cut where sFlow cuts.  Private to generate/. */
#pragma once
#include "generate/talk.h"

enum { FRAME_HEADER = 128 };

/* Ethernet, tag, IP, TCP or UDP or ICMP, and some of the payload; the IPv4 checksum is right, those
 * above it are not (the payload is not there to sum).  Returns how many bytes of buf were written:
 * FRAME_HEADER, or the whole frame without its checksum where that is shorter. */
size_t frame_make(const struct talk *t, struct rng *r, uint8_t buf[static FRAME_HEADER + 40]);
