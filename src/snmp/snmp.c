/* See snmp.h.  net-snmp's "single session" functions only: nothing of a session is global. */
#include "snmp/snmp.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { OID_TEXT = MAX_OID_LEN * 11 + 1, VALUE_TEXT = 4 * 65536, BULK_ROWS = 25, MAX_TEXT = 512 };

struct snmp_link {
	void *open;
	bool bulk;                /* v2c and v3 have GETBULK */
	usec_t deadline;
	const volatile bool *stop;
	char where[120];          /* for messages */
	char oid_text[OID_TEXT], value_text[VALUE_TEXT + 1];
};

struct object {
	oid id[MAX_OID_LEN];
	size_t len;
};

/* -- objects ------------------------------------------------------------------------------------ */

static const struct {
	const char *name, *digits;
} names[] = {
#define OBJECT(name, digits) { name, digits },
#include "snmp/objects.def"
#undef OBJECT
};

/* "1.3.6" appended to *o; a leading dot is allowed. */
static bool add_digits(const char *s, struct object *o)
{
	s += *s == '.';
	for (;;) {
		char *end;
		if (*s < '0' || *s > '9' || o->len == MAX_OID_LEN)
			return false;
		unsigned long long v = strtoull(s, &end, 10);
		if (v > UINT32_MAX || end - s > 10)
			return false;
		o->id[o->len++] = (oid)v;
		if (!*end)
			return true;
		if (*end != '.')
			return false;
		s = end + 1;
	}
}

static bool object_parse(const char *text, struct object *ret)
{
	size_t n = strcspn(text, ".");
	*ret = (struct object){ .len = 0 };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strlen(names[i].name) == n && memcmp(names[i].name, text, n) == 0)
			return add_digits(names[i].digits, ret) && (!text[n] || add_digits(text + n, ret));
	return add_digits(text, ret) && ret->len >= 2 && ret->id[0] <= 2 && ret->id[1] < 40;
}

static enum err no_object(const char *text, struct problem *why)
{
	char shown[80];
	return problem_set(why, E_SYNTAX, "\"%s\" is no object: digits like 1.3.6.1.2.1.1.5.0, or a name like ifName",
			   utf8_excerpt(text, strlen(text), shown, sizeof(shown)));
}

static void digits_of(const oid *id, size_t len, char *ret, size_t size)
{
	size_t at = 0;
	ret[0] = 0;
	for (size_t i = 0; i < len && at < size; i++)
		at += (size_t)snprintf(ret + at, size - at, "%s%lu", i ? "." : "", (unsigned long)id[i]);
}

/* -- opening --------------------------------------------------------------------------------------- */

static void start(void)
{
	setenv("MIBS", "", 1); /* names are ours: hundreds of files need not be read */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG); /* what is wrong is our caller's to say */
	init_snmp("weir");
}

struct method {
	const char *name;
	const oid *id;
	size_t len;
};

static const struct method auths[] = {
	{ "MD5", usmHMACMD5AuthProtocol, USM_AUTH_PROTO_MD5_LEN },
	{ "SHA", usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN },
	{ "SHA-256", usmHMAC192SHA256AuthProtocol, OID_LENGTH(usmHMAC192SHA256AuthProtocol) },
	{ "SHA-512", usmHMAC384SHA512AuthProtocol, OID_LENGTH(usmHMAC384SHA512AuthProtocol) },
};
static const struct method privs[] = {
	{ "AES", usmAESPrivProtocol, USM_PRIV_PROTO_AES_LEN },
};

static const struct method *method_find(const struct method *m, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (STREQ(m[i].name, name))
			return &m[i];
	return NULL;
}

static enum err key_of(const struct method *m, const char *password, const netsnmp_session *s, u_char *ret, size_t *ret_len)
{
	*ret_len = USM_AUTH_KU_LEN;
	return generate_Ku(s->securityAuthProto, (u_int)s->securityAuthProtoLen, (const u_char *)password, strlen(password), ret,
			   ret_len) == SNMPERR_SUCCESS && m ? OK : E_SYNTAX;
}

static bool is_set(const char *s)
{
	return s && *s;
}

static enum err set_user(const struct snmp_device *d, netsnmp_session *s, char *user, struct problem *why)
{
	/* Else the keys of an earlier link of the same user would be used, whatever is given now. */
	for (struct usmUser *old; (old = usm_get_userList()); usm_free_user(old))
		usm_remove_user(old);
	s->securityName = user;
	s->securityNameLen = strlen(user);
	s->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	if (!is_set(d->auth_password))
		return OK;
	const struct method *m = method_find(auths, COUNT_OF(auths), is_set(d->auth_protocol) ? d->auth_protocol : "SHA-256");
	if (!m)
		return problem_set(why, E_SYNTAX, "SNMP authentication is MD5, SHA, SHA-256 or SHA-512");
	s->securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
	s->securityAuthProto = netsnmp_memdup(m->id, m->len * sizeof(oid));
	s->securityAuthProtoLen = m->len;
	if (!s->securityAuthProto || key_of(m, d->auth_password, s, s->securityAuthKey, &s->securityAuthKeyLen) != OK)
		return problem_set(why, E_SYNTAX, "an SNMP password has 8 characters at least");
	if (!is_set(d->priv_password))
		return OK;
	m = method_find(privs, COUNT_OF(privs), is_set(d->priv_protocol) ? d->priv_protocol : "AES");
	if (!m)
		return problem_set(why, E_SYNTAX, "SNMP privacy is AES");
	s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	s->securityPrivProto = netsnmp_memdup(m->id, m->len * sizeof(oid));
	s->securityPrivProtoLen = m->len;
	if (!s->securityPrivProto || key_of(m, d->priv_password, s, s->securityPrivKey, &s->securityPrivKeyLen) != OK)
		return problem_set(why, E_SYNTAX, "an SNMP password has 8 characters at least");
	return OK;
}

/* "udp:192.0.2.1:161", "udp6:[2001:db8::1]:161" */
static enum err peer_of(const struct snmp_device *d, char *ret, size_t size, struct problem *why)
{
	struct in6_addr six;
	if (!*d->address || strlen(d->address) > 64 || strpbrk(d->address, "[]/ ,"))
		return problem_set(why, E_SYNTAX, "\"%.64s\" is no device's address", d->address);
	bool v6 = inet_pton(AF_INET6, d->address, &six) == 1;
	if (!v6 && strchr(d->address, ':'))
		return problem_set(why, E_SYNTAX, "\"%.64s\" is no device's address", d->address);
	snprintf(ret, size, v6 ? "udp6:[%s]:%u" : "udp:%s:%u", d->address, d->port ? d->port : 161);
	return OK;
}

static void copy_text(const char *from, char *ret, size_t size)
{
	snprintf(ret, size, "%s", from ? from : "");
}

/* net-snmp takes what it is given as its own to change. */
struct given {
	char peer[100], community[MAX_TEXT], user[MAX_TEXT];
};

static enum err describe(const struct snmp_device *d, struct given *g, netsnmp_session *s, struct problem *why)
{
	static const long versions[] = { SNMP_VERSION_2c, SNMP_VERSION_1, SNMP_VERSION_2c, SNMP_VERSION_3 };
	enum err err = peer_of(d, g->peer, sizeof(g->peer), why);
	if (err != OK)
		return err;
	if (d->version > 3)
		return problem_set(why, E_SYNTAX, "SNMP has versions 1, 2 and 3");
	copy_text(d->community, g->community, sizeof(g->community));
	copy_text(d->user, g->user, sizeof(g->user));
	snmp_sess_init(s);
	s->version = versions[d->version];
	s->peername = g->peer;
	s->timeout = (d->timeout_ms ? d->timeout_ms : 2000) * 1000L;
	s->retries = d->retries < 0 ? 0 : d->retries ? d->retries : 2;
	if (d->version != 3) {
		s->community = (u_char *)g->community;
		s->community_len = strlen(g->community);
		return OK;
	}
	return *g->user ? set_user(d, s, g->user, why) : problem_set(why, E_SYNTAX, "SNMP version 3 needs a user");
}

static enum err open_session(const struct snmp_device *d, struct snmp_link *mine, struct problem *why)
{
	struct given g;
	netsnmp_session s;
	char *words = NULL;
	int lib, sys;
	memset(&s, 0, sizeof(s));
	enum err err = describe(d, &g, &s, why);
	if (err == OK && !(mine->open = snmp_sess_open(&s))) {
		snmp_error(&s, &lib, &sys, &words);
		err = problem_set(why, E_IO, "SNMP %s: %.200s", d->address, words ? words : "cannot be opened");
		free(words);
	}
	free(s.securityAuthProto); /* the session has its own copy */
	free(s.securityPrivProto);
	explicit_bzero(&g, sizeof(g));
	explicit_bzero(s.securityAuthKey, sizeof(s.securityAuthKey));
	explicit_bzero(s.securityPrivKey, sizeof(s.securityPrivKey));
	return err;
}

enum err snmp_link_open(const struct snmp_device *d, struct snmp_link **ret, struct problem *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start);
	struct snmp_link *s = mem_new0(1, sizeof(*s));
	if (!s)
		return E_NOMEM;
	s->bulk = d->version != 1;
	s->deadline = d->deadline;
	s->stop = d->stop;
	snprintf(s->where, sizeof(s->where), "SNMP %.64s", d->address);
	enum err err = open_session(d, s, why);
	if (err == OK)
		*ret = s;
	else
		snmp_link_close(s);
	return err;
}

void snmp_link_close(struct snmp_link *s)
{
	if (!s)
		return;
	if (s->open)
		snmp_sess_close(s->open);
	mem_free(s);
}

/* -- values --------------------------------------------------------------------------------------------- */

static bool is_text(const u_char *p, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char((const char *)p + i, len - i);
		if (!n || (n == 1 && (p[i] < 0x20 || p[i] == 0x7f) && p[i] != '\n' && p[i] != '\r' && p[i] != '\t'))
			return false;
		i += n;
	}
	return true;
}

static enum snmp_type put_octets(struct snmp_link *s, const u_char *p, size_t len)
{
	len = MIN(len, (size_t)VALUE_TEXT / 4);
	if (len && !p[len - 1] && is_text(p, len - 1)) /* some devices count the zero at the end */
		len--;
	if (is_text(p, len)) {
		memcpy(s->value_text, p, len);
		s->value_text[len] = 0;
		return SNMP_TEXT;
	}
	for (size_t i = 0; i < len; i++)
		snprintf(s->value_text + 2 * i, 3, "%02x", p[i]);
	return SNMP_BYTES;
}

static void value_of(struct snmp_link *s, const netsnmp_variable_list *v, struct snmp_value *ret)
{
	ret->type = SNMP_NUMBER;
	switch (v->type) {
	case ASN_INTEGER:
		ret->negative = *v->val.integer < 0;
		ret->number = (uint64_t)*v->val.integer;
		return;
	case ASN_COUNTER: case ASN_GAUGE: case ASN_TIMETICKS: case ASN_UINTEGER:
		ret->number = (uint32_t)*v->val.integer;
		return;
	case ASN_COUNTER64:
		ret->number = (uint64_t)v->val.counter64->high << 32 | (uint32_t)v->val.counter64->low;
		return;
	case ASN_OCTET_STR: case ASN_OPAQUE:
		ret->type = put_octets(s, v->val.string, v->val_len);
		break;
	case ASN_OBJECT_ID:
		digits_of(v->val.objid, v->val_len / sizeof(oid), s->value_text, sizeof(s->value_text));
		ret->type = SNMP_OBJECT;
		break;
	case ASN_IPADDRESS:
		if (v->val_len == 4 && inet_ntop(AF_INET, v->val.string, s->value_text, sizeof(s->value_text)))
			ret->type = SNMP_ADDRESS;
		else
			ret->type = SNMP_NONE;
		break;
	default:
		ret->type = SNMP_NONE;
	}
	ret->text = ret->type == SNMP_NONE ? "" : s->value_text;
}

static void hand_over(struct snmp_link *s, const netsnmp_variable_list *v, const struct object *asked, snmp_take *take, void *arg)
{
	struct snmp_value out = { .text = "" };
	digits_of(v->name, v->name_length, s->oid_text, sizeof(s->oid_text));
	out.oid = s->oid_text;
	const char *p = s->oid_text;
	for (size_t i = 0; i < asked->len && *p; i++) {
		p += strcspn(p, ".");
		p += *p == '.';
	}
	out.index = v->name_length > asked->len ? p : "";
	value_of(s, v, &out);
	take(arg, &out);
}

/* -- asking ------------------------------------------------------------------------------------------------ */

static enum err may_ask(const struct snmp_link *s, struct problem *why)
{
	if (s->stop && *s->stop)
		return problem_set(why, E_CANCELLED, "%s: stopped", s->where);
	if (s->deadline && clock_monotonic() >= s->deadline)
		return problem_set(why, E_LIMIT, "%s: no time is left", s->where);
	return OK;
}

/* The answer, or why there is none. */
static enum err ask(struct snmp_link *s, netsnmp_pdu *pdu, netsnmp_pdu **ret, struct problem *why)
{
	char *words = NULL;
	enum err may = may_ask(s, why);
	if (may != OK) {
		snmp_free_pdu(pdu);
		return may;
	}
	int lib, sys, rc = snmp_sess_synch_response(s->open, pdu, ret);
	if (rc == STAT_SUCCESS && *ret)
		return OK;
	if (rc == STAT_TIMEOUT)
		return problem_set(why, E_IO, "%s: no answer", s->where);
	snmp_sess_error(s->open, &lib, &sys, &words);
	enum err err = problem_set(why, E_IO, "%s: %.200s", s->where, words ? words : "no answer");
	free(words);
	return err;
}

/* v1 refuses the whole request for one object it does not have (noSuchName): without that one again. */
static enum err get_some(struct snmp_link *s, const struct object *o, size_t n, snmp_take *take, void *arg, struct problem *why)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET), *answer = NULL;
	for (size_t i = 0; i < n && pdu; i++)
		if (!snmp_add_null_var(pdu, o[i].id, o[i].len)) {
			snmp_free_pdu(pdu);
			pdu = NULL;
		}
	if (!pdu)
		return E_NOMEM;
	enum err err = ask(s, pdu, &answer, why);
	if (err != OK)
		return err;
	size_t bad = (size_t)answer->errindex;
	if (answer->errstat == SNMP_ERR_NOSUCHNAME && bad >= 1 && bad <= n) {
		snmp_free_pdu(answer);
		if (bad > 1 && (err = get_some(s, o, bad - 1, take, arg, why)) != OK)
			return err;
		digits_of(o[bad - 1].id, o[bad - 1].len, s->oid_text, sizeof(s->oid_text));
		take(arg, &(struct snmp_value){ .oid = s->oid_text, .index = "", .type = SNMP_NONE, .text = "" });
		return bad < n ? get_some(s, o + bad, n - bad, take, arg, why) : OK;
	}
	if (answer->errstat != SNMP_ERR_NOERROR)
		err = problem_set(why, E_IO, "%s: %s", s->where, snmp_errstring((int)answer->errstat));
	size_t i = 0;
	for (netsnmp_variable_list *v = answer->variables; v && i < n && err == OK; v = v->next_variable)
		hand_over(s, v, &o[i++], take, arg);
	if (err == OK && i < n)
		err = problem_set(why, E_CORRUPT, "%s: fewer answers than questions", s->where);
	snmp_free_pdu(answer);
	return err;
}

enum err snmp_get_objects(struct snmp_link *s, const char *const *object, size_t n, snmp_take *take, void *arg, struct problem *why)
{
	if (!n || n > SNMP_OIDS)
		return problem_set(why, E_LIMIT, "1 to %d objects at once", SNMP_OIDS);
	struct object *o = mem_new0(n, sizeof(*o));
	enum err err = o ? OK : E_NOMEM;
	for (size_t i = 0; i < n && err == OK; i++)
		if (!object_parse(object[i], &o[i]))
			err = no_object(object[i], why);
	if (err == OK)
		err = get_some(s, o, n, take, arg, why);
	mem_free(o);
	return err;
}

struct walk {
	struct object under, at;
	size_t given, most;
	bool over;
};

static bool below(const struct walk *w, const netsnmp_variable_list *v)
{
	return v->name_length >= w->under.len && memcmp(v->name, w->under.id, w->under.len * sizeof(oid)) == 0 &&
	       v->type != SNMP_ENDOFMIBVIEW && v->type != SNMP_NOSUCHOBJECT && v->type != SNMP_NOSUCHINSTANCE;
}

static enum err take_rows(struct snmp_link *s, struct walk *w, const netsnmp_pdu *answer, snmp_take *take, void *arg,
			  struct problem *why)
{
	const netsnmp_variable_list *v = answer->variables;
	w->over = !v;
	for (; v && !w->over; v = v->next_variable) {
		if (!below(w, v)) {
			w->over = true;
			break;
		}
		if (snmp_oid_compare(v->name, v->name_length, w->at.id, w->at.len) <= 0)
			return problem_set(why, E_CORRUPT, "%s: the device's objects do not increase", s->where);
		if (w->given++ == w->most)
			return problem_set(why, E_LIMIT, "%s: more than %zu values", s->where, w->most);
		hand_over(s, v, &w->under, take, arg);
		memcpy(w->at.id, v->name, v->name_length * sizeof(oid));
		w->at.len = v->name_length;
	}
	return OK;
}

enum err snmp_walk_object(struct snmp_link *s, const char *object, size_t most, snmp_take *take, void *arg, struct problem *why)
{
	struct walk w = { .most = most ? most : MAX_SNMP_VALUES };
	if (!object_parse(object, &w.under))
		return no_object(object, why);
	w.at = w.under;
	for (enum err err; !w.over;) {
		netsnmp_pdu *pdu = snmp_pdu_create(s->bulk ? SNMP_MSG_GETBULK : SNMP_MSG_GETNEXT), *answer = NULL;
		if (!pdu)
			return E_NOMEM;
		if (s->bulk) {
			pdu->non_repeaters = 0;
			pdu->max_repetitions = BULK_ROWS;
		}
		if (!snmp_add_null_var(pdu, w.at.id, w.at.len)) {
			snmp_free_pdu(pdu);
			return E_NOMEM;
		}
		if ((err = ask(s, pdu, &answer, why)) != OK)
			return err;
		if (answer->errstat == SNMP_ERR_NOSUCHNAME)
			w.over = true; /* v1's way to say that there is no more */
		else if (answer->errstat != SNMP_ERR_NOERROR)
			err = problem_set(why, E_IO, "%s: %s", s->where, snmp_errstring((int)answer->errstat));
		else
			err = take_rows(s, &w, answer, take, arg, why);
		snmp_free_pdu(answer);
		if (err != OK)
			return err;
	}
	return OK;
}
