/* Mail over SMTP: libcurl talks to the server and packs the parts (MIME); the header lines are ours.
 *
 * What comes from a script can end no header line: control characters are refused in addresses, names and
 * types of parts, and a subject goes out as RFC 2047 words. */
#include "net/net.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "net/private.h"

#include <stdio.h>
#include <sys/random.h>

enum { MAX_ADDRESS = 254, MAX_SUBJECT = 900, MAX_TYPE = 200 };

bool mail_address_good(const char *a)
{
	size_t len = strlen(a), at = strcspn(a, "@");
	if (!at || at + 1 >= len || len > MAX_ADDRESS || strchr(a + at + 1, '@'))
		return false;
	for (const char *p = a; *p; p++)
		if ((uint8_t)*p <= 0x20 || (uint8_t)*p >= 0x7f || strchr("<>()[]\\,;:\"", *p))
			return false;
	return true;
}

static bool one_line(const char *s)
{
	for (; *s; s++)
		if ((uint8_t)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool plain_ascii(const char *s)
{
	for (; *s; s++)
		if ((uint8_t)*s < 0x20 || (uint8_t)*s >= 0x7f)
			return false;
	return true;
}

/* RFC 2046: "text/csv; charset=utf-8" */
static bool media_type_good(const char *type)
{
	size_t slash = strcspn(type, "/ ;");
	return slash && type[slash] == '/' && type[slash + 1] && strlen(type) < MAX_TYPE && plain_ascii(type);
}

static enum err check_part(const struct mail_part *part, size_t number, struct problem *why)
{
	char shown[100];
	if (!*part->name || !one_line(part->name) || strpbrk(part->name, "/\\\""))
		return problem_set(why, E_SYNTAX, "attachment %zu: \"%s\" is no file's name", number,
				   utf8_excerpt(part->name, strlen(part->name), shown, sizeof(shown)));
	if (part->type && !media_type_good(part->type))
		return problem_set(why, E_SYNTAX, "attachment %zu: \"%s\" is no media type", number,
				   utf8_excerpt(part->type, strlen(part->type), shown, sizeof(shown)));
	return OK;
}

static enum err check(const struct mail_server *server, const struct mail *m, struct problem *why)
{
	enum err err;
	char shown[100];
	size_t bytes = (m->text ? strlen(m->text) : 0) + (m->html ? strlen(m->html) : 0);
	if (!mail_address_good(server->from))
		return problem_set(why, E_SYNTAX, "the sender \"%.80s\" is no mail address", server->from);
	if (!m->nto || m->nto > MAX_MAIL_TO)
		return problem_set(why, E_LIMIT, "a mail goes to 1 to %d addresses, not %zu", MAX_MAIL_TO, m->nto);
	for (size_t i = 0; i < m->nto; i++)
		if (!mail_address_good(m->to[i]))
			return problem_set(why, E_SYNTAX, "\"%s\" is no mail address",
					   utf8_excerpt(m->to[i], strlen(m->to[i]), shown, sizeof(shown)));
	if (!m->text && !m->html)
		return problem_set(why, E_SYNTAX, "a mail needs text or html");
	if (!m->subject || !one_line(m->subject) || strlen(m->subject) > MAX_SUBJECT)
		return problem_set(why, E_SYNTAX, "the subject is one line of at most %d bytes", MAX_SUBJECT);
	if (m->npart > MAX_MAIL_PARTS)
		return problem_set(why, E_LIMIT, "more than %d attachments", MAX_MAIL_PARTS);
	for (size_t i = 0; i < m->npart; i++) {
		if ((err = check_part(&m->part[i], i + 1, why)) != OK)
			return err;
		bytes += MIN(m->part[i].len, MAX_MAIL_BYTES + 1);
	}
	if (bytes > MAX_MAIL_BYTES)
		return problem_set(why, E_LIMIT, "the mail is larger than %zu MB", MAX_MAIL_BYTES >> 20);
	return OK;
}

/* -- header lines -------------------------------------------------------------------------------------- */

static void put_base64(struct buf *b, const uint8_t *p, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < len ? p[i + 2] : 0);
		buf_u8(b, (uint8_t)letters[v >> 18]);
		buf_u8(b, (uint8_t)letters[v >> 12 & 63]);
		buf_u8(b, i + 1 < len ? (uint8_t)letters[v >> 6 & 63] : '=');
		buf_u8(b, i + 2 < len ? (uint8_t)letters[v & 63] : '=');
	}
}

/* RFC 2047: words of at most 75 characters, none of them ending inside a character. */
static void put_words(struct buf *b, const char *s)
{
	size_t len = strlen(s);
	for (size_t at = 0; at < len;) {
		size_t n = MIN(len - at, (size_t)45);
		while (n > 1 && at + n < len && ((uint8_t)s[at + n] & 0xc0) == 0x80)
			n--;
		buf_text(b, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		put_base64(b, (const uint8_t *)s + at, n);
		buf_text(b, "?=");
		at += n;
	}
}

static void put_date(struct buf *b)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct zone *utc;
	if (zone_find("UTC", &utc) != OK) {
		b->bad = E_UNKNOWN;
		return;
	}
	struct civil c = zone_civil(utc, clock_now());
	buf_printf(b, "Date: %s, %02d %s %d %02d:%02d:%02d +0000", days[c.weekday], c.day, months[c.month - 1], c.year, c.hour,
		   c.minute, c.second);
}

struct lines {
	struct curl_slist *list;
	struct buf line;
	enum err err;
};

static void add_line(struct lines *l)
{
	const char *text = buf_str(&l->line);
	struct curl_slist *more = l->line.bad ? NULL : curl_slist_append(l->list, text);
	if (more)
		l->list = more;
	else
		l->err = E_NOMEM;
	buf_reset(&l->line);
}

static enum err header(const struct mail_server *server, const struct mail *m, struct curl_slist **ret)
{
	struct lines l = { 0 };
	uint64_t id[2];
	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return E_IO;
	put_date(&l.line);
	add_line(&l);
	buf_printf(&l.line, "From: <%s>", server->from);
	add_line(&l);
	buf_text(&l.line, "To: ");
	for (size_t i = 0; i < m->nto; i++)
		buf_printf(&l.line, "%s<%s>", i ? ",\r\n " : "", m->to[i]);
	add_line(&l);
	buf_printf(&l.line, "Message-ID: <%016llx%016llx@%s>", (unsigned long long)id[0], (unsigned long long)id[1],
		   strchr(server->from, '@') + 1);
	add_line(&l);
	buf_text(&l.line, "Subject: ");
	if (plain_ascii(m->subject) && strlen(m->subject) < 60)
		buf_text(&l.line, m->subject);
	else
		put_words(&l.line, m->subject);
	add_line(&l);
	buf_text(&l.line, "Auto-Submitted: auto-generated"); /* RFC 3834: no machine answers this */
	add_line(&l);
	buf_free(&l.line);
	if (l.err == OK)
		*ret = l.list;
	else
		curl_slist_free_all(l.list);
	return l.err;
}

/* -- body ------------------------------------------------------------------------------------------------ */

static bool add_text(curl_mime *to, const char *text, const char *type)
{
	curl_mimepart *p = text ? curl_mime_addpart(to) : NULL;
	return !text || (p && !curl_mime_data(p, text, CURL_ZERO_TERMINATED) && !curl_mime_type(p, type) &&
			 !curl_mime_encoder(p, "quoted-printable"));
}

static bool add_file(curl_mime *to, const struct mail_part *f)
{
	curl_mimepart *p = curl_mime_addpart(to);
	return p && !curl_mime_data(p, f->data, f->len) && !curl_mime_type(p, f->type ? f->type : "application/octet-stream") &&
	       !curl_mime_filename(p, f->name) && !curl_mime_encoder(p, "base64");
}

/* Text and HTML are two forms of one thing, the files stand behind. */
static curl_mime *body(CURL *curl, const struct mail *m)
{
	curl_mime *all = curl_mime_init(curl), *forms = curl_mime_init(curl);
	bool ok = all && forms && add_text(forms, m->text, "text/plain; charset=utf-8") &&
		  add_text(forms, m->html, "text/html; charset=utf-8");
	curl_mimepart *p = ok ? curl_mime_addpart(all) : NULL;
	ok = p && !curl_mime_subparts(p, forms) && !curl_mime_type(p, "multipart/alternative");
	if (!ok)
		curl_mime_free(forms);
	for (size_t i = 0; i < m->npart && ok; i++)
		ok = add_file(all, &m->part[i]);
	if (ok)
		return all;
	curl_mime_free(all);
	return NULL;
}

/* -- sending ----------------------------------------------------------------------------------------------- */

static enum err sent(CURL *curl, CURLcode rc, const char *words, struct problem *why)
{
	long code = 0;
	if (rc == CURLE_OK)
		return OK;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return problem_set(why, E_CANCELLED, "stopped");
	const char *what = words[0] ? words : curl_easy_strerror(rc);
	return rc == CURLE_OUT_OF_MEMORY ? E_NOMEM
	       : code ? problem_set(why, E_IO, "the mail server refused: %ld (%.200s)", code, what)
		      : problem_set(why, E_IO, "mail server: %.300s", what);
}

static enum err send_with(CURL *curl, const struct mail_server *server, const struct mail *m, struct curl_slist *head,
			  struct problem *why)
{
	char words[CURL_ERROR_SIZE] = "";
	struct curl_slist *to = NULL;
	curl_mime *mime = body(curl, m);
	bool ok = mime != NULL;
	for (size_t i = 0; i < m->nto && ok; i++) {
		struct curl_slist *more = curl_slist_append(to, m->to[i]);
		ok = more;
		to = more ? more : to;
	}
	enum err err = ok ? OK : E_NOMEM;
	if (ok) {
		curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(server->timeout_ms ? server->timeout_ms : 60000));
		curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(server->plain ? CURLUSESSL_NONE : CURLUSESSL_TRY));
		curl_easy_setopt(curl, CURLOPT_URL, server->url);
		curl_easy_setopt(curl, CURLOPT_MAIL_FROM, server->from);
		curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, head);
		curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
		if (server->user) {
			curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
			curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password ? server->password : "");
			curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(server->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
		}
		CURLcode rc = net_heed(curl, server->stop);
		err = sent(curl, rc == CURLE_OK ? curl_easy_perform(curl) : rc, words, why);
	}
	curl_slist_free_all(to);
	curl_mime_free(mime);
	return err;
}

enum err mail_send(const struct mail_server *server, const struct mail *m, struct problem *why)
{
	struct curl_slist *head = NULL;
	enum err err = check(server, m, why);
	if (err != OK || (err = header(server, m, &head)) != OK)
		return err;
	CURL *curl = curl_easy_init();
	err = curl ? send_with(curl, server, m, head, why) : E_NOMEM;
	curl_easy_cleanup(curl);
	curl_slist_free_all(head);
	return err;
}
