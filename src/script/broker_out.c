/* What leaves the machine for a script beside URLs: mail, and questions to devices by SNMP.  Both only
 * where the grants say so, and to what the configuration names: a script chooses neither the mail
 * server nor a device's address or password. */
#include "script/broker.h"

#include "base/utf8.h"

/* -- mail -------------------------------------------------------------------------------------------- */

struct mail_in {
	const char *to[MAX_MAIL_TO];
	struct mail_part part[MAX_MAIL_PARTS];
	struct mail mail;
};

/* u16 to, texts; subject, text, html; u16 parts of name, type, bytes.  False: forged. */
static bool get_mail(struct cur *c, struct arena *a, struct mail_in *ret)
{
	size_t n = cur_le16(c);
	if (n > MAX_MAIL_TO)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(ret->to[i] = get_text(c, a)))
			return false;
	ret->mail = (struct mail){ .to = ret->to, .nto = n };
	ret->mail.subject = get_text(c, a);
	ret->mail.text = get_text(c, a);
	ret->mail.html = get_text(c, a);
	n = cur_le16(c);
	if (n > MAX_MAIL_PARTS)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct mail_part *p = &ret->part[i];
		p->name = get_text(c, a);
		p->type = get_text(c, a);
		const struct cur data = get_bytes(c);
		p->data = data.pos;
		p->len = cur_left(&data);
		if (!p->name || data.bad)
			return false;
	}
	ret->mail.part = ret->part;
	ret->mail.npart = n;
	return message_end(c) && ret->mail.subject;
}

void serve_mail(struct broker *b, struct message *m)
{
	struct mail_in in = { 0 };
	struct problem why = { 0 };
	if (!get_mail(&m->body, &b->scratch, &in)) {
		broker_forged(b, "MAIL");
		return;
	}
	if (!b->job->grants.mail) {
		reply_refused(b, "mail: not available: no mail server is configured, or this script may not send");
		return;
	}
	struct mail_server server = *b->job->grants.mail;
	server.timeout_ms = broker_left_ms(b, server.timeout_ms ? server.timeout_ms : 60000);
	server.stop = b->job->stop;
	enum err e = mail_send(&server, &in.mail, &why);
	if (e == OK)
		reply_done(b);
	else
		reply_refused(b, "mail: %s", why.text[0] ? why.text : err_text(e));
}

/* -- SNMP ---------------------------------------------------------------------------------------------- */

enum { C_OID, C_INDEX, C_TEXT, C_NUMBER, NCOLS, MAX_VALUES = 100000 };

struct taking {
	struct result table;
	enum err err;
};

static void take_value(void *arg, const struct snmp_value *v)
{
	struct taking *t = arg;
	size_t r;
	if (t->err == OK)
		t->err = result_add_row(&t->table, &r);
	if (t->err == OK)
		t->err = result_set_text(&t->table, r, C_OID, v->oid, strlen(v->oid));
	if (t->err == OK)
		t->err = result_set_text(&t->table, r, C_INDEX, v->index, strlen(v->index));
	if (t->err != OK)
		return;
	if (v->type == SNMP_NUMBER)
		result_set_num(&t->table, r, C_NUMBER, v->negative ? (double)(int64_t)v->number : (double)v->number);
	else if (v->type != SNMP_NONE)
		t->err = result_set_text(&t->table, r, C_TEXT, v->text, strlen(v->text));
}

static enum err head(struct result *t)
{
	static const char *const names[NCOLS] = { "oid", "index", "text", "number" };
	enum err e = OK;
	for (size_t i = 0; i < NCOLS && e == OK; i++)
		e = result_add_col(t, names[i], i == C_NUMBER ? T_REAL : T_TEXT, U_NONE);
	return e;
}

struct snmp_in {
	bool walk;
	const char *agent, *object[SNMP_OIDS];
	size_t n;
};

/* u8 walk, text agent, u16 objects, texts.  False: forged. */
static bool get_snmp(struct cur *c, struct arena *a, struct snmp_in *ret)
{
	ret->walk = cur_u8(c);
	ret->agent = get_text(c, a);
	ret->n = cur_le16(c);
	if (!ret->agent || !ret->n || ret->n > SNMP_OIDS || (ret->walk && ret->n != 1))
		return false;
	for (size_t i = 0; i < ret->n; i++)
		if (!(ret->object[i] = get_text(c, a)))
			return false;
	return message_end(c);
}

/* By the address as the configuration has it, or as one writes it otherwise. */
static const struct snmp_device *device_of(const struct broker *b, const char *agent)
{
	const struct script_grants *g = &b->job->grants;
	struct addr want, have;
	bool is_addr = addr_parse(agent, strlen(agent), &want);
	for (size_t i = 0; i < g->nsnmp; i++) {
		const char *address = g->snmp[i].address;
		if (STREQ(address, agent) || (is_addr && addr_parse(address, strlen(address), &have) && addr_equal(&want, &have)))
			return &g->snmp[i];
	}
	return NULL;
}

static enum err ask_device(const struct snmp_device *d, const struct snmp_in *in, struct taking *t, struct problem *why)
{
	_cleanup_(snmp_link_closep) struct snmp_link *link = NULL;
	enum err e = head(&t->table);
	if (e == OK)
		e = snmp_link_open(d, &link, why);
	if (e == OK)
		e = in->walk ? snmp_walk_object(link, in->object[0], MAX_VALUES, take_value, t, why)
			     : snmp_get_objects(link, in->object, in->n, take_value, t, why);
	return e == OK ? t->err : e;
}

void serve_snmp(struct broker *b, struct message *m)
{
	struct snmp_in in = { 0 };
	struct taking t = { 0 };
	struct answer a = { 0 };
	struct problem why = { 0 };
	char shown[100];
	if (!get_snmp(&m->body, &b->scratch, &in)) {
		broker_forged(b, "SNMP");
		return;
	}
	const struct snmp_device *d = device_of(b, in.agent);
	if (!d) {
		reply_refused(b, "SNMP: agent: \"%s\" is no device of the configuration (snmp:)",
			      utf8_excerpt(in.agent, strlen(in.agent), shown, sizeof(shown)));
		return;
	}
	struct snmp_device device = *d;
	device.deadline = b->deadline;
	device.stop = b->job->stop;
	enum err e = ask_device(&device, &in, &t, &why);
	if (e == OK)
		e = answer_add(&a, &t.table);
	if (e == OK)
		reply_results(b, &a);
	else
		reply_refused(b, "%s", why.text[0] ? why.text : err_text(e));
	answer_free(&a);
	result_free(&t.table);
}
