/* What a container has used, as its cgroups tell it. */
#ifndef SJ_RUNTIME_STATS_H
#define SJ_RUNTIME_STATS_H

#include "runtime/container.h"
#include "runtime/json.h"

/* The object that is the data of a "stats" event of runc. What the cgroups do not count is 0, or left out of a list. */
void sj_stats_json(struct sj_json *j, const struct sj_container *c);

#endif
