/* The mount that becomes "/", from leaving the host's peers to leaving the host's root. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_SETUP_ROOT_H
#define SJ_SETUP_ROOT_H

#include "program/context.h"

int sj_do_private(struct sj_context *c, const struct sj_op *op);
int sj_do_root_fs(struct sj_context *c, const struct sj_op *op);
int sj_do_root_bind(struct sj_context *c, const struct sj_op *op);
int sj_do_enter(struct sj_context *c, const struct sj_op *op);
int sj_do_pivot(struct sj_context *c, const struct sj_op *op);

#endif
