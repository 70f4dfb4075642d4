/* What bench-query asks about: a day of the generator's sFlow, decoded as a collector decodes it,
 * compacted.
 *
 *	query_load FOLDER RECORDS SEED AGENTS PORTS CUSTOMERS START END
 *
 * makes FOLDER/store, FOLDER/ports.xml (the customers with their ports) and FOLDER/owners.csv (lines
 * of agent as a number, ifIndex, customer, for the peers' joins).  START, END: seconds since 1970. */
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/collect.h"
#include "generate/generate.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void must(enum err e, const char *what, const struct problem *why)
{
	if (e == OK)
		return;
	fprintf(stderr, "query_load: %s: %s\n", what, why && why->text[0] ? why->text : err_text(e));
	exit(1);
}

static enum err put(void *arg, struct batch *b)
{
	return b->table->id == TABLE_TRAFFIC ? store_put(arg, b) : OK;
}

static void write_text(const char *folder, const char *name, const struct buf *text)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(text->data, 1, text->len, f) != text->len || fclose(f))
		must(E_IO, path, NULL);
}

static void write_owners(const char *folder, struct generator *g, struct model *m)
{
	struct buf xml = { 0 }, csv = { 0 };
	struct customers *all;
	struct problem why = { 0 };
	const struct zone *utc;
	const struct customer *c;
	generate_customers_ports(g, &xml);
	write_text(folder, "ports.xml", &xml);
	must(zone_find("UTC", &utc), "UTC", NULL);
	must(customers_parse(xml.data, xml.len, "ports.xml", utc, NULL, NULL, &all, &why), "ports.xml", &why);
	for (size_t i = 0; (c = customers_at(all, i)); i++)
		for (size_t k = 0; k < c->nport; k++) {
			const struct own_port *p = &c->port[k];
			const struct iface *f = model_iface_named(m, &p->agent, p->ifname, strlen(p->ifname));
			if (f)
				buf_printf(&csv, "%u,%u,%s\n", load_be32(p->agent.b + 12), f->ifindex, c->id);
		}
	write_text(folder, "owners.csv", &csv);
	customers_free(all);
	buf_free(&xml);
	buf_free(&csv);
}

static void compact(struct store_writer *w, size_t rows)
{
	const struct compact_options all = { .no_grace = true, .open_hours = true };
	struct compact_report r;
	usec_t before = clock_cpu();
	must(store_seal(w), "seal", NULL);
	must(store_compact(w, clock_now(), &all, &r), "compact", NULL);
	printf("%zu rows, compacted in %.1f CPU s\n", rows, (double)(clock_cpu() - before) / USEC_PER_SEC);
}

int main(int argc, char **argv)
{
	char store[1024];
	struct problem why = { 0 };
	struct store_writer *w;
	struct generator *g;
	struct model *m;
	struct intake *in;
	struct datagram d;
	if (argc != 9) {
		fprintf(stderr, "usage: query_load FOLDER RECORDS SEED AGENTS PORTS CUSTOMERS START END\n");
		return 2;
	}
	const struct store_options opt = { .no_sync = true };
	const struct generate_options what = {
		.protocol = GEN_SFLOW, .records = strtoull(argv[2], NULL, 10), .seed = strtoull(argv[3], NULL, 10),
		.agents = (unsigned)atoi(argv[4]), .ports = (unsigned)atoi(argv[5]), .customers = (unsigned)atoi(argv[6]),
		.span = { atoll(argv[7]) * USEC_PER_SEC, atoll(argv[8]) * USEC_PER_SEC }, .counter_interval_s = 3600,
	};
	snprintf(store, sizeof(store), "%s/store", argv[1]);
	must(store_write_open(store, &opt, &w, &why), store, &why);
	const struct batch_sink sink = { .arg = w, .put = put };
	must(generate_new(&what, &g, &why), "generate", &why);
	must(model_new(&m), "model", NULL);
	must(intake_new(&sink, m, NULL, &in), "intake", NULL);
	while (generate_next(g, &d))
		must(intake_datagram(in, &d), "take in", NULL);
	must(intake_flush(in), "take in", NULL);
	must(model_save(m, store_writer_folder(w)), "model", NULL);
	compact(w, (size_t)what.records);
	write_owners(argv[1], g, m);
	must(store_write_close(w), store, NULL);
	intake_free(in);
	generate_free(g);
	model_free(m);
	return 0;
}
