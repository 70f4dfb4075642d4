#include "base/child.h"

#include "base/util.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t child_new(const char *name)
{
	static const int parents_business[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	const pid_t parent = getpid(), pid = fork();
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_NAME, name);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < COUNT_OF(parents_business); i++)
		signal(parents_business[i], SIG_IGN);
	if (getppid() != parent)
		_exit(0); /* it ended before it could be asked for */
	return 0;
}
