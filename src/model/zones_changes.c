/* What differs between two files of zones: names, blocks, agents and ports of the boundary, each a line of text that
 * is there or is not.  A block that moves to another zone is one that is gone and one that is new. */
#include "model/zoning.h"

#include "base/buf.h"

typedef enum err line_fn(void *arg, const char *line);

static enum err each_line(const struct zones *z, line_fn *fn, void *arg)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = 4096 };
	char lo[ADDR_TEXT], hi[ADDR_TEXT];
	const size_t n = z ? z->nname + z->nblock + z->nagent + z->nport : 0;
	enum err err = OK;
	for (size_t at = 1; at < n && err == OK; at++) { /* without EXTERNAL */
		size_t i = at;
		buf_reset(&b);
		if (i < z->nname) {
			buf_printf(&b, "zone %s", z->name[i].path);
		} else if ((i -= z->nname) < z->nblock) {
			const struct zone_block *k = &z->block[i];
			buf_printf(&b, "block %s/%u %s", addr_format(&k->prefix.addr, lo), k->prefix.bits, z->name[k->name].path);
		} else if ((i -= z->nblock) < z->nagent) {
			const struct zone_agents *k = &z->agent[i];
			buf_printf(&b, "agents %s-%s %s", addr_format(&k->lo, lo), addr_format(&k->hi, hi), z->name[k->name].path);
		} else {
			const struct zone_port *k = &z->port[i - z->nagent];
			buf_printf(&b, "boundary %s>%u %s", addr_format(&k->agent, lo), k->ifindex, k->ifname ? k->ifname : "");
		}
		err = b.bad ? E_NOMEM : fn(arg, buf_str(&b));
	}
	return err;
}

struct comparing {
	struct map lines; /* of what was before, and is not met again */
	size_t fresh;
};

static enum err remember(void *arg, const char *line)
{
	struct map_entry *e;
	return map_put_str(&((struct comparing *)arg)->lines, line, &e, NULL);
}

static enum err meet(void *arg, const char *line)
{
	struct comparing *k = arg;
	k->fresh += !map_remove(&k->lines, line, strlen(line));
	return OK;
}

enum err zones_compare(const struct zones *before, const struct zones *after, struct zones_changes *ret)
{
	struct comparing k = { .fresh = 0 };
	enum err err = each_line(before, remember, &k);
	if (err == OK)
		err = each_line(after, meet, &k);
	if (err == OK)
		*ret = (struct zones_changes){ .fresh = k.fresh, .gone = k.lines.live };
	map_free(&k.lines);
	return err;
}
