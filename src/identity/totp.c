/* Time-based one-time passwords: RFC 6238 over RFC 4226, as every authenticator app makes them. */
#include "identity/identity.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>

enum { STEP_SECONDS = 30, DIGITS = 6, STEPS_AROUND = 1 };

/* RFC 4648 base32 without padding: what the apps read.  20 bytes are 32 letters. */
static void base32(const uint8_t *data, size_t len, char *ret)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | data[i];
		for (have += 8; have >= 5; have -= 5)
			*ret++ = letters[bits >> (have - 5) & 31];
	}
	if (have)
		*ret++ = letters[bits << (5 - have) & 31];
	*ret = 0;
}

void totp_make(struct user *u, char ret_uri[static TOTP_URI])
{
	char text[40];
	randombytes_buf(u->totp, TOTP_SECRET);
	u->totp_len = TOTP_SECRET;
	u->totp_step = 0;
	base32(u->totp, TOTP_SECRET, text);
	snprintf(ret_uri, TOTP_URI, "otpauth://totp/weir:%s?secret=%s&issuer=weir", u->name, text);
	sodium_memzero(text, sizeof(text));
}

static uint32_t code_at(const struct user *u, int64_t step)
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	store_be32(counter, (uint32_t)((uint64_t)step >> 32));
	store_be32(counter + 4, (uint32_t)step);
	if (!HMAC(EVP_sha1(), u->totp, (int)u->totp_len, counter, sizeof(counter), mac, &len) || len != 20)
		return UINT32_MAX;
	return (load_be32(mac + (mac[19] & 15)) & 0x7fffffff) % 1000000;
}

bool totp_is(const struct user *u, const char *code, usec_t now, int64_t *ret_step)
{
	char want[16];
	int64_t at = now / USEC_PER_SEC / STEP_SECONDS;
	bool right = false;
	if (!u->totp_len || strlen(code) != DIGITS)
		return false;
	for (int64_t step = at - STEPS_AROUND; step <= at + STEPS_AROUND; step++) {
		snprintf(want, sizeof(want), "%06u", code_at(u, step));
		if (sodium_memcmp(want, code, DIGITS) == 0) {
			*ret_step = step;
			right = true;
		}
	}
	return right;
}
