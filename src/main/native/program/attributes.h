/* Operations that every process of a program goes through between fork and exec. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_PROGRAM_ATTRIBUTES_H
#define SJ_PROGRAM_ATTRIBUTES_H

#include "program/context.h"

int sj_do_umask(struct sj_context *c, const struct sj_op *op);
int sj_do_nice(struct sj_context *c, const struct sj_op *op);
int sj_do_scheduler(struct sj_context *c, const struct sj_op *op);
int sj_do_ioprio(struct sj_context *c, const struct sj_op *op);
int sj_do_affinity(struct sj_context *c, const struct sj_op *op);
int sj_do_memory_policy(struct sj_context *c, const struct sj_op *op);
int sj_do_rlimit(struct sj_context *c, const struct sj_op *op);
int sj_do_personality(struct sj_context *c, const struct sj_op *op);
int sj_do_keyring(struct sj_context *c, const struct sj_op *op);
int sj_do_credentials(struct sj_context *c, const struct sj_op *op);
int sj_do_capabilities(struct sj_context *c, const struct sj_op *op);
/* In the supervisor, for all its programs: the part of it that makes a call for each capability. It executes nothing itself. */
int sj_bound_capabilities(struct sj_context *c);
int sj_do_speculation(struct sj_context *c, const struct sj_op *op);
int sj_do_core_sched(struct sj_context *c, const struct sj_op *op);
int sj_do_no_new_privs(struct sj_context *c, const struct sj_op *op);

#endif
