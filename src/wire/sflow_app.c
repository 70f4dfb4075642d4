/* Samples of operations: what a service was asked, and how it went (sFlow application, HTTP and
 * memcache structures).  A sample that holds one is a row of application, and none of traffic.
 *
 *	operation   the service's own words      HTTP, memcache     the protocol's
 *	socket      protocol | here | there | port here | port there: who asked is there
 *	context     the operation that this one is part of; actors, who asked whom */
#include "wire/sflow.h"

enum operation { OPERATION_APP = 1, OPERATION_HTTP, OPERATION_MEMCACHE, OPERATION_OTHER };

static struct application_rec *app_of(struct flow_sample *s)
{
	if (!s->operation)
		*s->app = (struct application_rec){ 0 };
	s->operation = true;
	return s->app;
}

/* A word whose large values mean nothing more. */
static uint16_t small(struct cur *c, uint16_t most)
{
	uint32_t v = cur_u32(c);
	return v < most ? (uint16_t)v : most;
}

static uint64_t known64(uint64_t v)
{
	return v == UINT64_MAX ? 0 : v;
}

static uint64_t known32(uint32_t v)
{
	return v == UINT32_MAX ? 0 : v;
}

static void bytes_both_ways(struct application_rec *r, struct cur *c)
{
	r->op_reqbytes = known64(cur_u64(c));
	r->op_respbytes = known64(cur_u64(c));
	r->op_bytes = r->op_reqbytes + r->op_respbytes;
}

/* application | operation | attributes | what went wrong | bytes asked, answered | usec | status */
static void app_operation(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	r->op_type = OPERATION_APP;
	r->app_name = string_text(s, c);
	r->app_operation = string_text(s, c);
	r->app_attributes = string_text(s, c);
	r->app_error = string_text(s, c);
	bytes_both_ways(r, c);
	r->op_duration = known32(cur_u32(c));
	r->app_status = (uint8_t)small(c, UINT8_MAX);
}

static void app_parent_context(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	r->app_ctxt_name = string_text(s, c);
	r->app_ctxt_operation = string_text(s, c);
	r->app_ctxt_attributes = string_text(s, c);
}

static void app_initiator(struct flow_sample *s, struct cur *c)
{
	app_of(s)->app_initiator = string_text(s, c);
}

static void app_target(struct flow_sample *s, struct cur *c)
{
	app_of(s)->app_target = string_text(s, c);
}

static void http_head(struct application_rec *r, struct flow_sample *s, struct cur *c)
{
	r->op_type = OPERATION_HTTP;
	r->httpmethod = (uint8_t)small(c, UINT8_MAX);
	r->httpprotocol = cur_u32(c);
	r->httpurl = string_text(s, c);
	r->httphost = string_text(s, c);
	r->httpreferer = string_text(s, c);
	r->httpuseragent = string_text(s, c);
}

static void http_end(struct application_rec *r, struct cur *c)
{
	r->op_duration = known32(cur_u32(c));
	r->httpstatus = small(c, UINT16_MAX);
}

/* method | protocol | URL | host | referer | user agent | X-Forwarded-For | user | type |
 * bytes asked, answered | usec | status */
static void http_request(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	http_head(r, s, c);
	r->httpxff = string_text(s, c);
	r->httpauthuser = string_text(s, c);
	r->httpmimetype = string_text(s, c);
	bytes_both_ways(r, c);
	http_end(r, c);
}

/* The same as it was first: no X-Forwarded-For, and the answer's bytes alone. */
static void http_request_old(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	http_head(r, s, c);
	r->httpauthuser = string_text(s, c);
	r->httpmimetype = string_text(s, c);
	r->op_respbytes = r->op_bytes = known64(cur_u64(c));
	http_end(r, c);
}

static void proxy_request(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	r->proxyurl = string_text(s, c);
	r->proxyhost = string_text(s, c);
}

/* protocol | command | key | keys | bytes | usec | status */
static void memcache_operation(struct flow_sample *s, struct cur *c)
{
	struct application_rec *r = app_of(s);
	r->op_type = OPERATION_MEMCACHE;
	r->memcacheprotocol = (uint8_t)small(c, UINT8_MAX);
	r->memcachecommand = (uint8_t)small(c, UINT8_MAX);
	r->memcachekey = string_text(s, c);
	r->memcachenumkeys = cur_u32(c);
	r->op_bytes = r->op_respbytes = known32(cur_u32(c));
	r->op_duration = known32(cur_u32(c));
	r->memcachestatus = (uint8_t)small(c, UINT8_MAX);
}

static void socket_of(struct flow_sample *s, struct cur *c, size_t width)
{
	struct application_rec *r = app_of(s);
	r->protocol = (uint8_t)cur_u32(c);
	const uint8_t *here = cur_need(c, width), *there = cur_need(c, width);
	r->serverport = (uint16_t)cur_u32(c);
	r->clientport = (uint16_t)cur_u32(c);
	if (!here || !there)
		return;
	if (width == 4) {
		r->ipserver = addr_v4(load_be32(here));
		r->ipclient = addr_v4(load_be32(there));
	} else {
		memcpy(r->ipserver.b, here, 16);
		memcpy(r->ipclient.b, there, 16);
	}
}

/* A socket beside a sampled packet (host agents send it) tells nothing that its header does not. */
static void socket_ipv4(struct flow_sample *s, struct cur *c)
{
	if (s->told.header)
		cur_skip(c, 20);
	else
		socket_of(s, c, 4);
}

static void socket_ipv6(struct flow_sample *s, struct cur *c)
{
	if (s->told.header)
		cur_skip(c, 44);
	else
		socket_of(s, c, 16);
}

const struct flow_structure app_structures[] = {
	{ 2100, socket_ipv4 },        { 2101, socket_ipv6 },        { 2200, memcache_operation },
	{ 2201, http_request_old },   { 2202, app_operation },      { 2203, app_parent_context },
	{ 2204, app_initiator },      { 2205, app_target },         { 2206, http_request },
	{ 2207, proxy_request },
};
const size_t n_app_structures = COUNT_OF(app_structures);

void operation_give(struct flow_sample *s)
{
	struct application_rec *r = s->app;
	if (!r->op_type && s->told.header) { /* a packet with a socket behind it */
		s->operation = false;
		flow_sample_give(s, true);
		return;
	}
	r->op_type = r->op_type ? r->op_type : OPERATION_OTHER;
	r->time = s->row.time;
	r->agent = s->row.agent;
	r->datasource = s->row.datasource;
	r->domain = s->row.domain;
	r->samplingrate = s->row.samplingrate;
	r->op_count = 1;
	give_row(s->w, TABLE_APPLICATION, r);
}
