/* weir's side of bench-query (query_serve.h):
 *
 *	query_weir STORE CUSTOMERS
 *
 * A question: NAME=VALUE apart by tabs, of kind (top, trend), view, select, where, interval, bucket,
 * n, customer: an id, or * for all of them in one pass, the id then standing before each row. */
#include "query_serve.h"

#include "query/query.h"

#include <math.h>

struct side {
	struct store *store;
	struct model *model;
	struct customers *customers;
	const struct zone *utc;
	const struct scope *everything;
	const struct scope **scope; /* by customer */
	size_t ncustomers;
};

struct asked {
	struct request rq;
	const char *customer;
};

static void read_question(char *line, struct asked *a)
{
	*a = (struct asked){ .rq = { .kind = QUERY_TOPN, .view = "iftraffic" } };
	for (char *at = line, *word; (word = strsep(&at, "\t"));) {
		char *value = strchr(word, '=');
		if (!value)
			stop("question", word);
		*value++ = 0;
		if (STREQ(word, "kind"))          a->rq.kind = STREQ(value, "trend") ? QUERY_TREND : QUERY_TOPN;
		else if (STREQ(word, "view"))     a->rq.view = value;
		else if (STREQ(word, "select"))   a->rq.select = value;
		else if (STREQ(word, "where"))    a->rq.where = value;
		else if (STREQ(word, "interval")) a->rq.interval = value;
		else if (STREQ(word, "bucket"))   a->rq.bucket = value;
		else if (STREQ(word, "n"))        a->rq.n = atoll(value);
		else if (STREQ(word, "customer")) a->customer = value;
		else stop("question", word);
	}
}

/* An address as a number, like the peers' columns. */
static void say_cell(const struct table_col *c, size_t row)
{
	struct addr a;
	if (c->type == T_TIME && !isnan(c->num[row]))
		printf("%.0f", c->num[row] / USEC_PER_SEC);
	else if (type_is_number(c->type) && !isnan(c->num[row]))
		printf("%.0f", c->num[row]);
	else if (!type_is_number(c->type) && c->text[row]) {
		if (c->type != T_ADDR || !addr_parse(c->text[row], strlen(c->text[row]), &a)) {
			fputs(c->text[row], stdout);
			return;
		}
		unsigned __int128 v = (unsigned __int128)load_be64(a.b) << 64 | load_be64(a.b + 8);
		char digits[48], *p = digits + sizeof(digits) - 1;
		*p = 0;
		do
			*--p = (char)('0' + (int)(v % 10));
		while (v /= 10);
		fputs(p, stdout);
	}
}

static void say_table(const struct result *t, const char *id)
{
	for (size_t r = 0; r < t->nrows - t->rest; r++) {
		if (id)
			printf("%s\t", id);
		for (size_t c = 0; c < t->ncols; c++) {
			fputs(c ? "\t" : "", stdout);
			say_cell(&t->col[c], r);
		}
		putchar('\n');
	}
}

static void answer_question(struct side *s, char *line)
{
	struct asked a;
	struct arena mem = { 0 };
	struct problem why = { 0 };
	read_question(line, &a);
	const struct query_env env = { .store = s->store, .model = s->model, .customers = s->customers, .zone = s->utc,
				       .now = clock_now() };
	bool all = a.customer && STREQ(a.customer, "*");
	size_t n = all ? s->ncustomers : 1;
	struct plan **plan = mem_new0(n, sizeof(*plan));
	struct result *t = mem_new0(n, sizeof(*t));
	struct timing start = timing_start();
	enum err e = OK;
	for (size_t i = 0; i < n && e == OK; i++) {
		const struct scope *scope = all ? s->scope[i] : s->everything;
		for (size_t k = 0; !all && a.customer && k < s->ncustomers; k++)
			if (STREQ(scope_customer_id(s->scope[k]), a.customer))
				scope = s->scope[k];
		e = plan_make(&mem, &env, scope, &a.rq, &plan[i], &why);
	}
	if (e == OK)
		e = all ? plan_run_many(plan, n, t, &why) : plan_run(plan[0], &t[0], &why);
	struct timing end = { clock_monotonic() - start.wall, clock_cpu() - start.cpu };
	for (size_t i = 0; i < n && e == OK; i++)
		say_table(&t[i], all ? scope_customer_id(s->scope[i]) : NULL);
	if (e == OK)
		printf("= %" PRId64 " %" PRId64 "\n", end.wall, end.cpu);
	else
		printf("! %s\n", why.text);
	fflush(stdout);
	for (size_t i = 0; i < n; i++) {
		result_free(&t[i]);
		plan_free(plan[i]);
	}
	mem_free(t);
	mem_free(plan);
	arena_free(&mem);
}

static void load_customers(struct side *s, const char *file)
{
	struct problem why = { 0 };
	must(customers_load(file, s->utc, NULL, NULL, &s->customers, &why), file, &why);
	s->ncustomers = customers_count(s->customers);
	s->scope = mem_new0(s->ncustomers, sizeof(*s->scope));
	for (size_t i = 0; i < s->ncustomers; i++)
		must(scope_customer(s->customers, customers_at(s->customers, i)->id, s->model, &s->scope[i], &why), "scope", &why);
}

int main(int argc, char **argv)
{
	struct side s = { 0 };
	struct problem why = { 0 };
	char *line = NULL;
	size_t room = 0;
	if (argc != 3)
		stop("usage", "query_weir STORE CUSTOMERS");
	must(store_open(argv[1], &s.store, &why), argv[1], &why);
	must(model_load(store_folder(s.store), &s.model, &why), argv[1], &why);
	must(zone_find("UTC", &s.utc), "UTC", NULL);
	must(scope_everything(&s.everything), "scope", NULL);
	load_customers(&s, argv[2]);
	printf("weir " WEIR_VERSION "\n");
	fflush(stdout);
	while (serve_line(&line, &room))
		answer_question(&s, line);
	return 0;
}
