/* Cgroups whose sandboxes have ended: removed as soon as the kernel lets go of the dead. */
#ifndef SJ_CGROUP_REMOVAL_H
#define SJ_CGROUP_REMOVAL_H

#include <stdbool.h>

#include "cgroup/cgroup.h"

/* Takes over the cgroups of a sandbox that has ended. */
void sj_cgroup_remove(struct sj_cgroup *of);
unsigned sj_cgroup_removals(void);
/* Nanoseconds until there is something to be done; UINT64_MAX if there is nothing to remove. */
uint64_t sj_cgroup_until_removal(void);
/* Removes one, or a part of what is below it. */
void sj_cgroup_remove_one(void);
/* Whether the path of a CGROUP_AT is that of a sandbox of ours that has ended, and can't be removed yet. */
bool sj_cgroup_is_being_removed(const struct sj_op *op);

#endif
