/* Operations of the supervisor that are not mounts: namespaces, host names, files of the new root. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_SETUP_ROOTFS_FILES_H
#define SJ_SETUP_ROOTFS_FILES_H

#include "program/context.h"

int sj_do_join(struct sj_context *c, const struct sj_op *op);
int sj_do_time_offsets(struct sj_context *c, const struct sj_op *op);
int sj_do_hostname(struct sj_context *c, const struct sj_op *op);
int sj_do_domainname(struct sj_context *c, const struct sj_op *op);
int sj_do_setid(struct sj_context *c, const struct sj_op *op);
int sj_do_mkdir(struct sj_context *c, const struct sj_op *op);
int sj_do_mknod(struct sj_context *c, const struct sj_op *op);
int sj_do_symlink(struct sj_context *c, const struct sj_op *op);
int sj_do_file(struct sj_context *c, const struct sj_op *op);
int sj_do_write_proc(struct sj_context *c, const struct sj_op *op);

#endif
