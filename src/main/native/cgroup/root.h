/* The directories below which sandboxes get their cgroups, one of each hierarchy. */
#ifndef SJ_CGROUP_ROOT_H
#define SJ_CGROUP_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup/subtree.h"
#include "protocol/decode.h"

/* False if a directory can't be opened, or if there is a cgroup root already. */
bool sj_cgroup_root_open(const struct sj_cgroup_root *root);
int sj_cgroup_root_directory(uint64_t hierarchy); /* -1 where there is none */
const char *sj_cgroup_root_path(uint64_t hierarchy);
enum sj_removed sj_cgroup_root_remove(uint32_t hierarchy, const char *name, struct sj_cgroup_walk *walk);
/* The actions for the launcher's end. */
void sj_cgroup_root_close(void);

#endif
