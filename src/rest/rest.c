/* Running a script for somebody: see rest.h.
 *
 * What a caller may not run does not exist for it (404); who comes from an address that is not listed
 * is told so (403), as the reference product does. */
#include "base/clock.h"
#include "base/mem.h"
#include "rest/parts.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

enum { DEFAULT_WAIT_MS = 10000, MAX_SAID = 64 << 10 };
static const char problem_type[] = "application/problem+json";

enum err rest_new(const struct rest_options *opt, struct rest **ret)
{
	struct rest *r = mem_new0(1, sizeof(*r));
	if (!r)
		return E_NOMEM;
	*r = (struct rest){ .opt = *opt };
	if (!r->opt.cache_bytes)
		r->opt.cache_bytes = (size_t)64 << 20;
	if (!r->opt.wait_ms)
		r->opt.wait_ms = DEFAULT_WAIT_MS;
	pthread_mutex_init(&r->lock, NULL);
	*ret = r;
	return OK;
}

void rest_free(struct rest *r)
{
	if (!r)
		return;
	cache_free(r);
	for (size_t i = 0; i < r->stats.n; i++)
		if (r->stats.at[i].key)
			mem_free(r->stats.at[i].ptr);
	map_free(&r->stats);
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
}

void rest_reply_free(struct rest_reply *y)
{
	buf_free(&y->body);
	*y = (struct rest_reply){ 0 };
}

/* -- refusals ----------------------------------------------------------------------------------------- */

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = { { 400, "Bad request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not found" },
		       { 429, "Too many requests" }, { 500, "The script failed" }, { 504, "The script took too long" } };
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static enum err refuse(struct rest_reply *y, int status, const char *detail)
{
	json_t *o = json_pack("{s:s,s:i,s:s%}", "title", title_of(status), "status", status, "detail", detail, strlen(detail));
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return E_NOMEM;
	buf_reset(&y->body);
	buf_text(&y->body, text);
	free(text);
	y->status = status;
	y->type = problem_type;
	return y->body.bad;
}

/* -- may this caller? ---------------------------------------------------------------------------------- */

static bool from_listed(const struct head *h, const struct addr *from)
{
	for (size_t i = 0; i < h->nclients; i++)
		if (prefix_holds(&h->clients[i], from))
			return true;
	return !h->clients || addr_is_none(from); /* the console is this machine */
}

static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);
	return b && strlen(b) == n && sodium_memcmp(a, b, n) == 0;
}

/* 0: it may. */
static int check_caller(const struct script *s, const struct rest_caller *c, const char **ret_why)
{
	const struct head *h = &s->head;
	*ret_why = "there is no such script";
	if (!list_has(h->roles, c->role))
		return 404;
	*ret_why = h->wrong;
	if (h->wrong[0])
		return 500;
	if (!from_listed(h, &c->from)) {
		*ret_why = "this address may not run it";
		return 403;
	}
	if (*h->authUser && !(same(h->authUser, c->user) && same(h->authPasswd, c->password))) {
		*ret_why = "its user and password are wanted";
		return 401;
	}
	return 0;
}

static bool inputs_good(const struct head *h, const struct rest_request *q, char *why, size_t size)
{
	for (size_t i = 0; i < q->ninput; i++) {
		const char *name = q->input[i].name;
		if (script_host_name(name)) {
			snprintf(why, size, "\"%.60s\" cannot be an input: it is a name of the script language or its library", name);
			return false;
		}
		if (h && *h->inputs && !list_has(h->inputs, name)) {
			snprintf(why, size, "\"%.60s\" is no input of this script; it takes %.100s", name, h->inputs);
			return false;
		}
		for (size_t k = 0; k < i; k++)
			if (STREQ(q->input[k].name, name)) {
				snprintf(why, size, "input \"%.60s\" is given twice", name);
				return false;
			}
	}
	return true;
}

/* -- the cache's key --------------------------------------------------------------------------------------- */

static void add_text(crypto_hash_sha256_state *h, const char *s)
{
	uint64_t n = strlen(s);
	crypto_hash_sha256_update(h, (const uint8_t *)&n, sizeof(n));
	crypto_hash_sha256_update(h, (const uint8_t *)s, n);
}

/* The order of inputs in a URL means nothing: each is hashed alone, and the hashes are added up. */
static void add_inputs(crypto_hash_sha256_state *h, const struct rest_request *q)
{
	uint8_t sum[32] = { 0 }, one[32];
	for (size_t i = 0; i < q->ninput; i++) {
		crypto_hash_sha256_state x;
		crypto_hash_sha256_init(&x);
		add_text(&x, q->input[i].name);
		add_text(&x, q->input[i].value);
		crypto_hash_sha256_final(&x, one);
		sodium_add(sum, one, sizeof(sum));
	}
	crypto_hash_sha256_update(h, sum, sizeof(sum));
}

static void add_texts(crypto_hash_sha256_state *h, const char *const *texts)
{
	for (; texts && *texts; texts++)
		add_text(h, *texts);
	add_text(h, "");
}

/* What was read for one who may is not told to one who may not. */
static void add_grants(crypto_hash_sha256_state *h, const struct script_grants *g)
{
	add_text(h, g->urls ? "urls" : "");
	add_text(h, g->read_any ? "read any" : "");
	add_text(h, g->mail ? "mail" : "");
	add_text(h, g->nsnmp ? "snmp" : "");
	add_texts(h, g->read_roots);
	add_texts(h, g->write_roots);
}

/* All that an answer depends on but the traffic itself. */
static void key_of(const struct script *s, const struct rest_caller *c, const struct rest_request *q, uint8_t ret[static 32])
{
	crypto_hash_sha256_state h;
	char privacy[PRIVACY_TEXT];
	crypto_hash_sha256_init(&h);
	add_text(&h, s->name);
	crypto_hash_sha256_update(&h, s->digest, sizeof(s->digest));
	add_text(&h, c->role);
	add_text(&h, scope_is_everything(c->scope) ? "everything" : "one");
	add_text(&h, scope_customer_id(c->scope));
	add_text(&h, q->env.customers ? customers_digest(q->env.customers) : "");
	add_text(&h, privacy_text(scope_privacy(c->scope), privacy)); /* the configuration may say it, too */
	crypto_hash_sha256_update(&h, scope_digest(c->scope), ATTRIBUTION_DIGEST); /* a name may mean another port now */
	add_text(&h, q->env.zone ? zone_name(q->env.zone) : "");
	add_grants(&h, &c->grants);
	add_inputs(&h, q);
	crypto_hash_sha256_final(&h, ret);
}

/* -- running -------------------------------------------------------------------------------------------------- */

struct sink {
	struct buf out, said;
};

static bool put_out(void *arg, const void *data, size_t len)
{
	struct sink *s = arg;
	buf_add(&s->out, data, len);
	return !s->out.bad;
}

static void put_err(void *arg, const char *line)
{
	struct sink *s = arg;
	buf_printf(&s->said, "%s%s", s->said.len ? "\n" : "", line);
}

static void run_begin(struct rest *r, struct run *x, const struct rest_caller *c, const char *name)
{
	*x = (struct run){ .caller = c, .started = clock_now() };
	snprintf(x->name, sizeof(x->name), "%s", name);
	pthread_mutex_lock(&r->lock);
	x->id = ++r->last_id;
	x->next = r->running;
	r->running = x;
	pthread_mutex_unlock(&r->lock);
}

static void run_end(struct rest *r, struct run *x)
{
	pthread_mutex_lock(&r->lock);
	for (struct run **p = &r->running; *p; p = &(*p)->next)
		if (*p == x) {
			*p = x->next;
			break;
		}
	pthread_mutex_unlock(&r->lock);
}

/* E_BUSY: no place was free in time. */
static enum err take_worker(struct rest *r, const struct rest_caller *c, const struct rest_request *q,
			    const struct script_limits *limits, struct script_worker **ret)
{
	const struct script_pool_ask ask = { .owner = c->owner, .limits = *limits, .wait_ms = r->opt.wait_ms,
					     .zone = q->env.zone ? zone_name(q->env.zone) : NULL };
	*ret = NULL;
	return r->opt.pool ? script_pool_take(r->opt.pool, &ask, ret) : OK;
}

struct outcome {
	int status; /* of the script */
	bool limit; /* ended by one, or by rest_kill */
	usec_t cpu;
};

static enum err run_script(struct rest *r, const struct rest_caller *c, const struct rest_request *q, const struct script *s,
			   struct sink *sink, struct outcome *ret)
{
	bool customer = !STREQ(c->role, "operator") && !STREQ(c->role, "admin");
	const struct script_limits limits = script_limits_with(customer ? SCRIPT_CUSTOMER : SCRIPT_CONSOLE, &c->limits);
	struct script_worker *worker;
	struct run x;
	char file[REST_NAME + 4];
	snprintf(file, sizeof(file), "%s.js", s->name);
	enum err err = take_worker(r, c, q, &limits, &worker);
	if (err != OK)
		return err;
	run_begin(r, &x, c, s->name);
	sink->out.ceiling = limits.output_bytes + 1;
	sink->said.ceiling = MAX_SAID;
	const struct script_job job = {
		.name = file, .source = s->source, .len = s->len, .input = q->input, .ninput = q->ninput, .scope = c->scope,
		.env = &q->env, .why_no_store = q->why_no_store, .grants = c->grants, .limits = limits, .out = put_out,
		.err = put_err, .arg = sink, .worker = worker, .stop = &x.stop, .ret_cpu = &ret->cpu,
	};
	ret->status = script_run(&job);
	ret->limit = x.stop || (sink->said.len && strstr(buf_str(&sink->said), ": limit: "));
	run_end(r, &x);
	return OK;
}

static void count(struct rest *r, const char *name, const struct outcome *o, usec_t took)
{
	struct map_entry *e;
	bool fresh;
	pthread_mutex_lock(&r->lock);
	if (map_put_str(&r->stats, name, &e, &fresh) == OK && (!fresh || (e->ptr = mem_new0(1, sizeof(struct stats))))) {
		struct stats *t = e->ptr;
		t->last = clock_now();
		t->hits += !o;
		t->runs += o != NULL;
		t->errors += o && o->status != 0;
		t->took += o ? took : 0;
		t->cpu += o ? o->cpu : 0;
	} else {
		map_remove(&r->stats, name, strlen(name)); /* no memory to count it in */
	}
	pthread_mutex_unlock(&r->lock);
}

/* What the script said on standard error is its answer when it failed. */
static enum err reply_with(struct sink *sink, const struct outcome *o, const char *type, struct rest_reply *y)
{
	if (o->status != 0 || sink->out.bad)
		return refuse(y, o->limit || sink->out.bad ? 504 : 500,
			      sink->said.len ? buf_str(&sink->said) : sink->out.bad ? "the answer is too large" : "no reason was given");
	y->body = sink->out;
	sink->out = (struct buf){ 0 };
	y->status = 200;
	y->type = type;
	return OK;
}

static enum err run_and_reply(struct rest *r, const struct rest_caller *c, const struct rest_request *q, const struct script *s,
			      struct rest_reply *y)
{
	struct sink sink = { 0 };
	struct outcome o = { 0 };
	usec_t start = clock_monotonic();
	enum err err = run_script(r, c, q, s, &sink, &o);
	if (err == E_BUSY)
		return refuse(y, 429, "too many scripts run; try again");
	if (err != OK && err != E_NOMEM)
		return refuse(y, 500, err_text(err));
	if (err == OK) {
		count(r, s->name, &o, clock_monotonic() - start);
		err = reply_with(&sink, &o, format_type(s->head.resultFormat), y);
	}
	buf_free(&sink.out);
	buf_free(&sink.said);
	return err;
}

/* -- requests --------------------------------------------------------------------------------------------------- */

static enum err run_named(struct rest *r, const struct rest_caller *c, const struct rest_request *q, const struct script *s,
			  struct rest_reply *y)
{
	uint8_t key[32];
	char why[240];
	const char *no;
	int status = check_caller(s, c, &no);
	if (status)
		return refuse(y, status, no);
	if (!inputs_good(&s->head, q, why, sizeof(why)))
		return refuse(y, 400, why);
	key_of(s, c, q, key);
	pthread_mutex_lock(&r->lock);
	y->cached = s->head.ttl_s && cache_get(r, key, &y->body, &y->age_s);
	pthread_mutex_unlock(&r->lock);
	y->ttl_s = s->head.ttl_s;
	if (y->cached) {
		count(r, s->name, NULL, 0);
		y->status = 200;
		y->type = format_type(s->head.resultFormat);
		return OK;
	}
	enum err err = run_and_reply(r, c, q, s, y);
	if (err == OK && y->status == 200) {
		pthread_mutex_lock(&r->lock);
		cache_put(r, key, &y->body, s->head.ttl_s);
		pthread_mutex_unlock(&r->lock);
	}
	return err;
}

/* A script that came with the request: nothing of it is kept. */
static enum err run_source(struct rest *r, const struct rest_caller *c, const struct rest_request *q, struct rest_reply *y)
{
	struct script s = { .name = "script", .source = (char *)(uintptr_t)q->source, .len = q->len };
	char why[240];
	if (STREQ(c->role, "guest"))
		return refuse(y, 404, "there is no such script");
	s.head.resultFormat = q->format && *q->format ? q->format : "txt";
	if (!q->source || !format_type(s.head.resultFormat))
		return refuse(y, 400, q->source ? "resultFormat is none of txt, csv, json, html, png, svg, pdf" : "script is missing");
	if (!inputs_good(NULL, q, why, sizeof(why)))
		return refuse(y, 400, why);
	return run_and_reply(r, c, q, &s, y);
}

enum err rest_run(struct rest *r, const struct rest_caller *c, const struct rest_request *q, struct rest_reply *ret)
{
	struct rest_reply y = { .body.ceiling = (size_t)1 << 30 };
	struct script s;
	enum err err;
	bool staff = STREQ(c->role, "operator") || STREQ(c->role, "admin");
	if (!staff && scope_is_everything(c->scope))
		err = refuse(&y, 403, "no scope"); /* a mistake of the server's must not show everything */
	else if (!q->name)
		err = run_source(r, c, q, &y);
	else if ((err = script_load(r, q->name, &s)) == OK) {
		err = run_named(r, c, q, &s, &y);
		script_drop(&s);
	} else if (err == E_UNKNOWN) {
		err = refuse(&y, 404, "there is no such script");
	} else if (err != E_NOMEM) {
		err = refuse(&y, 500, err == E_LIMIT ? "the script is larger than 5 MB" : "the script cannot be read");
	}
	if (err == OK)
		*ret = y;
	else
		rest_reply_free(&y);
	return err;
}

/* -- addresses ------------------------------------------------------------------------------------------------- */

static void take_out(struct rest_request *q, struct script_input *input, const char *name, const char **ret)
{
	size_t n = 0;
	for (size_t i = 0; i < q->ninput; i++) {
		if (STREQ(input[i].name, name))
			*ret = input[i].value;
		else
			input[n++] = input[i];
	}
	q->ninput = n;
}

bool rest_route(const char *path, struct rest_request *q, struct script_input *input, char name[static REST_NAME])
{
	static const char *const folders[] = { "/api/v1/scripts/", "/inmsf/rest/" };
	const char *unread = NULL;
	q->input = input;
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		size_t n = strlen(folders[i]);
		if (strncmp(path, folders[i], n) != 0)
			continue;
		size_t len = strlen(path + n);
		if (len > 3 && STREQ(path + n + len - 3, ".js"))
			len -= 3;
		snprintf(name, REST_NAME, "%.*s", (int)MIN(len, (size_t)REST_NAME - 1), path + n);
		q->name = len < REST_NAME ? name : "";
		return true;
	}
	if (!STREQ(path, "/inmsf/Query"))
		return false;
	take_out(q, input, "script", &q->source);
	take_out(q, input, "resultFormat", &q->format);
	take_out(q, input, "authenticate", &unread);
	q->name = NULL;
	q->len = q->source ? strlen(q->source) : 0;
	return true;
}

/* -- what runs ----------------------------------------------------------------------------------------------------- */

void rest_each_running(struct rest *r, void (*each)(void *arg, const struct rest_running *x), void *arg)
{
	pthread_mutex_lock(&r->lock);
	for (const struct run *x = r->running; x; x = x->next)
		each(arg, &(struct rest_running){ x->id, x->name, x->caller->owner, x->caller->role, x->started });
	pthread_mutex_unlock(&r->lock);
}

bool rest_kill(struct rest *r, uint64_t id)
{
	bool found = false;
	pthread_mutex_lock(&r->lock);
	for (struct run *x = r->running; x; x = x->next)
		if (x->id == id)
			found = x->stop = true;
	pthread_mutex_unlock(&r->lock);
	return found;
}
