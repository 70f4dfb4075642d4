/* Inside of net/: which addresses belong to nobody on the Internet; a transfer that another thread ends. */
#pragma once
#include "base/util.h"

#include <curl/curl.h>

/* The transfer ends with CURLE_ABORTED_BY_CALLBACK when *stop is set; NULL: nobody ends it. */
CURLcode net_heed(CURL *curl, const volatile bool *stop);

/* An address as 16 bytes; IPv4 is kept as IPv4-mapped IPv6. */
struct ip {
	uint8_t b[16];
};
enum { IP_TEXT = 48 };

bool ip_parse(const char *s, struct ip *ret);
const char *ip_format(const struct ip *ip, char buf[static IP_TEXT]);

/* Loopback, link-local, private, multicast, reserved: addresses that a URL of a stranger must
 * not reach.  IPv4 addresses inside IPv6 ones (mapped, 6to4, NAT64) count as what they hold. */
bool ip_is_private(const struct ip *ip);
