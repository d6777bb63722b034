/* Detached copies of mounts, as open_tree(2) makes them, before they have a place: their source, ids and attributes. */
#ifndef SJ_SETUP_TREES_H
#define SJ_SETUP_TREES_H

#include <stdbool.h>

#include "program/context.h"

/* Fills a slot from a path of the host, or of the new root; see SJ_OP_OPEN_TREE. 0, or -1 after sj_fail. */
int sj_do_open_tree(struct sj_context *c, const struct sj_op *op);
/* A copy of the mount that an O_PATH descriptor is on, or -1 after sj_fail. */
int sj_clone_tree(struct sj_context *c, int fd, const char *path, unsigned flags);
/* The attributes, and the propagation, which is private unless the operation says otherwise. 0, or -1 with errno. */
int sj_set_tree_attributes(int tree, const struct sj_op *op, uint64_t attributes);
/* AT_RECURSIVE if the operation is. */
unsigned sj_tree_depth(const struct sj_op *op);
/* 0 if the mount point is a directory exactly if it should be, or -1 after sj_fail. */
int sj_same_kind(struct sj_context *c, bool directory, int target, const char *path);
void sj_close_keeping_errno(int fd);

#endif
