/* Making the cgroups of a sandbox, while its supervisor sets up what does not depend on them. */
#ifndef SJ_CGROUP_SETUP_H
#define SJ_CGROUP_SETUP_H

#include "cgroup/cgroup.h"
#include "program/context.h"

enum sj_made { SJ_MADE, SJ_NOT_MADE, SJ_LATER };

/*
 * First those of the plan's CGROUP_AT operations. NOT_MADE after sj_fail on `c`. LATER while a path is not free: it is that of a sandbox that
 * has ended, or a dead launcher has left it; c->index is then that of the operation.
 */
enum sj_made sj_cgroup_make_paths(struct sj_cgroup *g, struct sj_context *c);
/* Then all the rest; the supervisor at the other end of c->launcher_end is sent what it enters them by. 0, or -1 after sj_fail on `c`. */
int sj_cgroup_make(struct sj_cgroup *g, struct sj_context *c);

#endif
