/*
 * A new network namespace takes the kernel longer than all the rest of a set-up together, most of it waiting for grace periods. So a
 * helper makes it while the supervisor mounts, and the supervisor enters it at the end.
 */
#ifndef SJ_SETUP_NETWORK_H
#define SJ_SETUP_NETWORK_H

#include "program/context.h"

/* Begins, if the plan wants one. 0, or -1 after sj_fail. */
int sj_begin_network(struct sj_context *c);
int sj_do_network(struct sj_context *c, const struct sj_op *op);
/* Waits until the helper has done all it does. 0, or -1 when it has failed and said so. */
int sj_end_network(struct sj_context *c);

#endif
