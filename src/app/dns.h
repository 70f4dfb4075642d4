/* Names of addresses in the DNS, for the operator's tables.  Answers are kept; the DNS is asked at most
 * so long in all, for a table must not wait for servers that do not answer.  Any thread. */
#pragma once
#include "base/err.h"
#include "flow/addr.h"

struct dns;

enum err dns_new(struct dns **ret) _must_check_;
void dns_free(struct dns *d);
/* NULL: it has none, or it was not told in time.  arg: a struct dns. */
const char *dns_name(void *arg, const struct addr *a);
