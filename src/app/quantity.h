/* Numbers with a unit as people write them: 90d, 500G, 5m. */
#pragma once
#include "base/util.h"

/* A number above 0, of digits and perhaps a point, and one of the units.  False: nothing else. */
bool age_parse(const char *text, usec_t *ret);     /* h d w y: how long something is kept */
bool wait_parse(const char *text, usec_t *ret);    /* s m h d: how long something takes */
bool size_parse(const char *text, uint64_t *ret);  /* K M G T: bytes, by 1024 */

/* What each of them takes, for messages. */
#define AGE_WANTED  "wanted an age like 36h, 90d, 8w or 2y"
#define WAIT_WANTED "wanted a time like 30s, 5m, 1h or 1d"
#define SIZE_WANTED "wanted a size like 500M, 100G or 1.5T"
