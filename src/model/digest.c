/* The version of a mapping: SHA-256 of its canonical form, in hex.
 *
 *	weir customers 1
 *	customer 4:1001 11:InMon Corp. 0:
 *	port 10.0.0.1 9:ethernet5 0 1767225600000000 -
 *	mac 02:00:5e:10:00:01 - -
 *	cidr 192.0.2.0/24 - 0: 0 - -
 *
 * Customers are in the order of their ids and what one owns is sorted by its line, so that two
 * files that say the same have one version.  Texts carry their length: no name can look like the
 * end of a column.  Times are microseconds UTC, "-" when open: the same file read in
 * another zone is another version where it has dates. */
#include "base/mem.h"
#include "model/builder.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

struct canon {
	struct buf text; /* lines of one customer */
	size_t *line;    /* where each begins */
	size_t n;
	const char **sorted;
};

static void put_text(struct buf *b, const char *s)
{
	buf_printf(b, " %zu:%s", s ? strlen(s) : 0, s ? s : "");
}

static void put_time(struct buf *b, usec_t t)
{
	if (t == INT64_MIN || t == INT64_MAX)
		buf_text(b, " -");
	else
		buf_printf(b, " %" PRId64, t);
}

static void put_when(struct buf *b, struct span when)
{
	put_time(b, when.start);
	put_time(b, when.end);
	buf_u8(b, 0);
}

static void put_port(struct buf *b, const struct own_port *p)
{
	char agent[ADDR_TEXT];
	buf_printf(b, " %s", addr_is_none(&p->agent) ? "-" : addr_format(&p->agent, agent));
	put_text(b, p->ifname);
	buf_printf(b, " %" PRIu32, p->ifindex);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each line ends with a zero byte: no text has one. */
static void put_things(struct canon *k, const struct customer *c)
{
	char text[ADDR_TEXT + 4];
	k->n = 0;
	for (size_t i = 0; i < c->nport; i++) {
		k->line[k->n++] = k->text.len;
		buf_text(&k->text, "port");
		put_port(&k->text, &c->port[i]);
		put_when(&k->text, c->port[i].when);
	}
	for (size_t i = 0; i < c->nmac; i++) {
		k->line[k->n++] = k->text.len;
		buf_printf(&k->text, "mac %s", mac_format(c->mac[i].mac, text));
		put_when(&k->text, c->mac[i].when);
	}
	for (size_t i = 0; i < c->ncidr; i++) {
		k->line[k->n++] = k->text.len;
		buf_printf(&k->text, "cidr %s", prefix_format(&c->cidr[i].prefix, text));
		put_port(&k->text, &c->cidr[i].port);
		put_when(&k->text, c->cidr[i].when);
	}
}

static void digest_customer(crypto_hash_sha256_state *sha, struct canon *k,
			    const struct customer *c)
{
	k->text.len = 0;
	put_things(k, c);
	size_t head = k->text.len;
	buf_text(&k->text, "customer");
	put_text(&k->text, c->id);
	put_text(&k->text, c->name);
	put_text(&k->text, c->parent);
	if (c->privacy || c->privacy_below)
		buf_printf(&k->text, " privacy %u %" PRIu64, c->privacy, c->privacy_below);
	if (k->text.bad)
		return;
	for (size_t i = 0; i < k->n; i++)
		k->sorted[i] = (const char *)k->text.data + k->line[i];
	qsort(k->sorted, k->n, sizeof(*k->sorted), compare_lines);
	crypto_hash_sha256_update(sha, k->text.data + head, k->text.len - head);
	for (size_t i = 0; i < k->n; i++) {
		crypto_hash_sha256_update(sha, (const uint8_t *)"\n", 1);
		crypto_hash_sha256_update(sha, (const uint8_t *)k->sorted[i], strlen(k->sorted[i]));
	}
	crypto_hash_sha256_update(sha, (const uint8_t *)"\n", 1);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp((*(const struct customer *const *)a)->id,
		      (*(const struct customer *const *)b)->id);
}

enum err digest_make(struct customers *c)
{
	static const char head[] = "weir customers 1\n";
	crypto_hash_sha256_state sha;
	uint8_t sum[crypto_hash_sha256_BYTES];
	struct canon k = { 0 };
	size_t most = 0;
	enum err err = E_NOMEM;

	for (size_t i = 0; i < c->n; i++)
		most = MAX(most, c->at[i].nport + c->at[i].nmac + c->at[i].ncidr);
	const struct customer **by_id = mem_new0(c->n, sizeof(struct customer *));
	k.line = mem_new0(most, sizeof(*k.line));
	k.sorted = mem_new0(most, sizeof(*k.sorted));
	if (by_id && k.line && k.sorted) {
		for (size_t i = 0; i < c->n; i++)
			by_id[i] = &c->at[i];
		qsort(by_id, c->n, sizeof(struct customer *), compare_ids);
		crypto_hash_sha256_init(&sha);
		crypto_hash_sha256_update(&sha, (const uint8_t *)head, strlen(head));
		for (size_t i = 0; i < c->n && !k.text.bad; i++)
			digest_customer(&sha, &k, by_id[i]);
		crypto_hash_sha256_final(&sha, sum);
		sodium_bin2hex(c->digest, sizeof(c->digest), sum, sizeof(sum));
		err = k.text.bad;
	}
	mem_free(by_id);
	mem_free(k.line);
	mem_free(k.sorted);
	buf_free(&k.text);
	return err;
}
