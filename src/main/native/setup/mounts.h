/* Operations that mount on the new root, or change what is mounted there: see the SETUP operations of protocol.h. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_SETUP_MOUNTS_H
#define SJ_SETUP_MOUNTS_H

#include "program/context.h"

int sj_do_mount(struct sj_context *c, const struct sj_op *op);
int sj_do_bind(struct sj_context *c, const struct sj_op *op);
int sj_do_attributes(struct sj_context *c, const struct sj_op *op);
int sj_do_mask(struct sj_context *c, const struct sj_op *op);
int sj_do_propagation(struct sj_context *c, const struct sj_op *op);

/* In the template, in place of a private mount: its mount point. */
int sj_prepare_target(struct sj_context *c, const struct sj_op *op);

#endif
