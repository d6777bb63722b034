#ifndef SJ_SETUP_PROC_FILES_H
#define SJ_SETUP_PROC_FILES_H

#include "program/context.h"

/* SJ_OP_PROC_FILE of protocol.h. 0, or -1 after sj_fail. */
int sj_do_proc_file(struct sj_context *c, const struct sj_op *op);

#endif
