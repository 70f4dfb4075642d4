/* Log-in through the system's PAM: LDAP, RADIUS, the machine's own accounts. */
#include "identity/parts.h"

#include <security/pam_appl.h>
#include <stdlib.h>

/* PAM's own free() takes the answers, so they are malloc's. */
static int answer(int n, const struct pam_message **msg, struct pam_response **ret, void *arg)
{
	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	struct pam_response *r = calloc((size_t)n, sizeof(*r));
	if (!r)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			r[i].resp = strdup(arg); /* a failure is no answer, and so a refusal */
	*ret = r;
	return PAM_SUCCESS;
}

/* Some modules wait two seconds when they refuse, which tells that there is such an account. */
static void no_delay(int status _unused_, unsigned usec _unused_, void *arg _unused_)
{
}

bool pam_is(const char *service, const char *name, const char *password)
{
	pam_handle_t *h = NULL;
	char secret[MAX_PASSWORD + 1];
	size_t len = strlen(password);
	if (!*password || len > MAX_PASSWORD)
		return false;
	memcpy(secret, password, len + 1);
	const struct pam_conv conv = { answer, secret };
	int rc = pam_start(service, name, &conv, &h);
	if (rc == PAM_SUCCESS)
		rc = pam_set_item(h, PAM_FAIL_DELAY, (const void *)(uintptr_t)no_delay);
	if (rc == PAM_SUCCESS)
		rc = pam_authenticate(h, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (rc == PAM_SUCCESS)
		rc = pam_acct_mgmt(h, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (h)
		pam_end(h, rc);
	explicit_bzero(secret, sizeof(secret));
	return rc == PAM_SUCCESS;
}
