/* A state folder with an identity on it, and what the log says of the last try. */
#pragma once
#include "../state/scratch.h"

#include "identity/identity.h"

static const struct attempt here = { "192.0.2.1", NOW };

struct fixture {
	struct state *state;
	struct identity *id;
	struct identity_options opt;
	unsigned shown; /* assertions so far */
};

static struct fixture open_with(const struct identity_options *opt)
{
	struct fixture f = { .state = scratch_open(), .opt = *opt };
	struct problem why = { 0 };
	f.opt.light_hash = true;
	f.opt.pam_service = opt->pam_service ? opt->pam_service : "";
	if (identity_new(f.state, &f.opt, &f.id, &why) != OK)
		fail_msg("%s", why.text);
	return f;
}

static void end(struct fixture *f)
{
	identity_free(f->id);
	scratch_close(f->state);
}

static void last_reason(void *arg, const struct audit *row)
{
	snprintf(arg, 480, "%s", row->outcome);
}

static void logged(struct fixture *f, const char *want)
{
	char reason[480] = "";
	struct problem why = { 0 };
	int64_t n;
	assert_int_equal(audit_each(f->state, &(struct audit_filter){ .last = 1 }, last_reason, reason), OK);
	assert_string_equal(reason, want);
	assert_int_equal(audit_verify(f->state, NULL, &n, &why), OK);
}
