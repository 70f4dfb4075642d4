/* Random secrets as text, and the hash that is kept of them. */
#pragma once
#include "state/state.h"

void secret_text(char ret[static SESSION_TEXT]); /* 32 random bytes, base64url */
void secret_hash(const char *text, uint8_t ret[static STATE_HASH]);
