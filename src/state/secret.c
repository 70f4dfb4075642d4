/* See secret.h.  A secret has 256 random bits, so a plain fast hash of it is enough. */
#include "state/secret.h"

#include <sodium.h>

void secret_text(char ret[static SESSION_TEXT])
{
	uint8_t raw[32];
	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(ret, SESSION_TEXT, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof(raw));
}

void secret_hash(const char *text, uint8_t ret[static STATE_HASH])
{
	crypto_hash_sha256(ret, (const uint8_t *)text, strlen(text));
}
