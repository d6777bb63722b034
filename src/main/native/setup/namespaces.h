/* Operations on the namespaces of the supervisor and their settings. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_SETUP_NAMESPACES_H
#define SJ_SETUP_NAMESPACES_H

#include "program/context.h"

int sj_do_join(struct sj_context *c, const struct sj_op *op);
int sj_do_time_offsets(struct sj_context *c, const struct sj_op *op);
int sj_do_hostname(struct sj_context *c, const struct sj_op *op);
int sj_do_domainname(struct sj_context *c, const struct sj_op *op);
int sj_do_setid(struct sj_context *c, const struct sj_op *op);
int sj_do_write_proc(struct sj_context *c, const struct sj_op *op);

#endif
