/* The inner door of pcap_link.c: from a captured frame to the UDP payload in it. */
#pragma once
#include "wire/inside.h"

enum udp_found { UDP_FOUND, UDP_NOT, UDP_FRAGMENT };

/* Fills addresses, ports, data and len of *d from a frame of the given link type (tcpdump.org
 * LINKTYPE numbers); swapped = the capture was written on a machine of the other byte order.
 * *ret_cut: the payload is shorter than UDP says. */
enum udp_found udp_of_frame(uint32_t link, bool big_endian, struct cur frame, struct datagram *d,
			    bool *ret_cut);
