/* How a program gets into the cgroups that the launcher has made for it. */
#ifndef SJ_PROGRAM_CGROUP_JOIN_H
#define SJ_PROGRAM_CGROUP_JOIN_H

#include "program/context.h"

/* In the supervisor: waits for the launcher's word. 0, or -1 if it won't come. */
int sj_cgroup_wait(struct sj_context *c);
/* In the program: enters. 0, or -1 after sj_fail. */
int sj_cgroup_enter(struct sj_context *c);
int sj_do_cgroup_namespace(struct sj_context *c, const struct sj_op *op);

#endif
