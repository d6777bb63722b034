/* Operations that make directories, links, devices and files of the new root. Each returns 0, or -1 after sj_fail. */
#ifndef SJ_SETUP_ROOTFS_FILES_H
#define SJ_SETUP_ROOTFS_FILES_H

#include "program/context.h"

int sj_do_mkdir(struct sj_context *c, const struct sj_op *op);
int sj_do_mknod(struct sj_context *c, const struct sj_op *op);
int sj_do_owner(struct sj_context *c, const struct sj_op *op);
int sj_do_symlink(struct sj_context *c, const struct sj_op *op);
int sj_do_file(struct sj_context *c, const struct sj_op *op);

#endif
