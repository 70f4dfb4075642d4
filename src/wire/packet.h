/* The inner door of packet.c, for the decoders that hold a cursor already. */
#pragma once
#include "wire/inside.h"

/* sFlow header protocols, as far as they are decoded. */
enum header_protocol { HEADER_ETHERNET = 1, HEADER_IPV4 = 11, HEADER_IPV6 = 12, HEADER_MPLS = 13 };

/* packet_decode() on a cursor; see wire.h. */
void packet_read(struct wire *w, uint32_t header_protocol, struct cur c, struct flow_rec *rec);
