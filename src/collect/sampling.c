/* Sampling rates that the operator configured, told to every worker (an exporter may reach any of them) and to
 * the forwarder, which decodes for itself. */
#include "collect/worker.h"

enum err collector_set_sampling(struct collector *c, const struct addr *agent, uint32_t ifindex, uint32_t rate)
{
	enum err err = collector_forward_sampling(c, agent, ifindex, rate);
	for (unsigned k = 0; k < collector_workers(c) && err == OK; k++) {
		struct worker *w = collector_worker(c, k);
		pthread_mutex_lock(&w->lock);
		err = wire_set_sampling(w->wire, agent, ifindex, rate);
		pthread_mutex_unlock(&w->lock);
	}
	return err;
}
