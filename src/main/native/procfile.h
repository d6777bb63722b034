#ifndef SJ_PROCFILE_H
#define SJ_PROCFILE_H

#include "context.h"

/* SJ_OP_PROC_FILE of wire.h. 0, or -1 after sj_fail. */
int sj_do_proc_file(struct sj_context *c, const struct sj_op *op);

#endif
