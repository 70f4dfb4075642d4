/* Lanes of names (names.h): a row's word is the number of its source's zone, country, customer ...
 *
 * A name that hangs on the address alone is worked out once for each address of a segment that is met;
 * a customer's hangs on port, MAC and time, too, and is worked out row by row. */
#include "query/local.h"

#define ROW_COLS                                                                                   \
	((uint64_t)1 << TR_time | (uint64_t)1 << TR_agent | (uint64_t)1 << TR_inputinterface |      \
	 (uint64_t)1 << TR_outputinterface | (uint64_t)1 << TR_ipsource | (uint64_t)1 << TR_ipdestination | \
	 (uint64_t)1 << TR_macsource | (uint64_t)1 << TR_macdestination)

uint64_t lane_name_cols(const struct lane *l)
{
	return l->named.what == NAME_CUSTOMER ? ROW_COLS :
						(uint64_t)1 << l->named.ip | (l->named.as >= 0 ? (uint64_t)1 << l->named.as : 0);
}

static enum err customers(struct lane_seg *ls, struct reader *r, const struct rowset *rows, const struct named *is)
{
	struct naming *n = r->plan->naming;
	enum err err = OK;
	for (size_t k = 0; k < rows->n && err == OK; k++) {
		struct flow_rec rec;
		reader_record(r, rows->at ? rows->at[k] : k, ROW_COLS, &rec);
		ls->scratch[k] = r->bad == OK ? naming_customer(n, &rec, is->destination, &err) : NULL_WORD;
	}
	return r->bad != OK ? r->bad : err;
}

/* By code of the address, remembered for the segment. */
static uint64_t of_code(struct lane_seg *ls, const struct naming *n, const struct seg_col *c, uint32_t code, enum name_of what)
{
	uint64_t *known = &ls->name[code];
	if (!*known) {
		uint64_t number = naming_addr(n, what, c->kind == SEG_CONST ? &c->addr : &c->dict_addr[code], 0);
		*known = number == NULL_WORD ? 1 : number + 2;
	}
	return *known == 1 ? NULL_WORD : *known - 2;
}

static enum err addresses(struct lane_seg *ls, struct reader *r, const struct rowset *rows, const struct named *is)
{
	const struct naming *n = r->plan->naming;
	const struct seg_col *c = seg_column(r->seg, (size_t)is->ip);
	const uint32_t *codes = reader_codes(r, is->ip);
	const uint64_t *as = is->as >= 0 ? reader_uints(r, is->as) : NULL;
	if (!codes || (is->as >= 0 && !as))
		return r->bad;
	for (size_t k = 0; k < rows->n; k++) {
		size_t i = rows->at ? rows->at[k] : k;
		ls->scratch[k] = as && as[i] ? naming_addr(n, is->what, &(struct addr){ 0 }, (uint32_t)as[i]) :
					       of_code(ls, n, c, codes[i], is->what);
	}
	return OK;
}

enum err lane_names(struct lane_seg *ls, struct reader *r, const struct rowset *rows, unsigned pass)
{
	const struct lane *l = ls->lane;
	const struct named *is = l->other.what && pass == 1 ? &l->other : &l->named;
	enum err err = OK;
	if (l->other.what && pass == 2)
		for (size_t k = 0; k < rows->n; k++)
			ls->scratch[k] = NULL_WORD;
	else if (is->what == NAME_CUSTOMER)
		err = customers(ls, r, rows, is);
	else
		err = addresses(ls, r, rows, is);
	return err == OK ? intern_many(&ls->values, r->quota, ls->scratch, rows->n, ls->out) : err;
}
