/* The cgroups of one sandbox, one in each hierarchy that its plan uses: in the cgroup root and named by its id, or at paths that Java chose. */
#ifndef SJ_CGROUP_CGROUP_H
#define SJ_CGROUP_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "cgroup/path.h"
#include "protocol/decode.h"

struct sj_cgroup {
  uint64_t id;                /* of the sandbox */
  const struct sj_plan *plan; /* its CGROUP section says all; NULL without */
  struct sj_cgroup_path *paths;     /* SJ_HIERARCHIES_MAX of them at paths of their own; NULL without */
  const pid_t *supervisor;    /* the sandbox's, for deaths on demand (kernel/fault.h) */
};

#endif
