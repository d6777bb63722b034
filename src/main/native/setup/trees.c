#define _GNU_SOURCE
#include "setup/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/id_maps.h"
#include "setup/layers.h"
#include "setup/resolve.h"

void sj_close_keeping_errno(int fd) {
  int saved = errno;
  if (fd >= 0)
    close(fd);
  errno = saved;
}

unsigned sj_tree_depth(const struct sj_op *op) {
  return op->flags & SJ_RECURSIVE ? SJ_AT_RECURSIVE : 0;
}

int sj_clone_tree(struct sj_context *c, int fd, const char *path, unsigned flags) {
  int tree = sj_open_tree(fd, "", SJ_OPEN_TREE_CLONE | SJ_OPEN_TREE_CLOEXEC | SJ_AT_EMPTY_PATH | flags);
  return tree < 0 ? sj_fail(c, "open_tree", path) : tree;
}

/*
 * The copy of a shared mount joins its peers, wherever it is taken: what the sandbox mounts on it would appear on the host. So it
 * leaves them together with getting its attributes, before it has a place where anything can be mounted on it.
 */
int sj_set_tree_attributes(int tree, const struct sj_op *op, uint64_t attributes) {
  unsigned flags = SJ_AT_EMPTY_PATH | sj_tree_depth(op);
  if (op->flags & SJ_PEERS)
    return attributes == 0 ? 0 : sj_mount_setattr(tree, "", flags, attributes, 0, -1);
  if (!(op->flags & SJ_RECURSIVE) &&
      sj_mount_setattr(tree, "", SJ_AT_EMPTY_PATH | SJ_AT_RECURSIVE, 0, MS_PRIVATE, -1) != 0)
    return -1;
  return sj_mount_setattr(tree, "", flags, attributes, MS_PRIVATE, -1);
}

/* The kernel says EINVAL to a directory on a file and the like, which can mean much else. */
int sj_same_kind(struct sj_context *c, bool directory, int target, const char *path) {
  struct stat st;
  if (fstat(target, &st) != 0)
    return sj_fail(c, "fstat", path);
  if (S_ISDIR(st.st_mode) == directory)
    return 0;
  errno = directory ? ENOTDIR : EISDIR;
  return sj_fail(c, "mount", path);
}

/* What is idmapped on behalf of the start is so wherever its maps are known: in a template only layers.c does it, for each clone. */
static int map_ids(struct sj_context *c, const struct sj_op *op, int tree) {
  char uid_map[SJ_MAP_TEXT], gid_map[SJ_MAP_TEXT];
  const char *uids = op->str[1], *gids = op->str[2];
  if (op->flags & SJ_OWN_IDS) {
    if ((op->flags & SJ_SELF) || c->part == SJ_SHARED_PART)
      return 0;
    if (sj_disk_maps(c, uid_map, gid_map) != 0)
      return -1;
    uids = uid_map;
    gids = gid_map;
  }
  if (uids[0] == 0)
    return 0;
  int userns = sj_map_namespace(c, uids, gids);
  if (userns < 0)
    return -1;
  int mapped = sj_mount_setattr(tree, "", SJ_AT_EMPTY_PATH | sj_tree_depth(op), SJ_ATTR_IDMAP, 0, userns);
  sj_close_keeping_errno(userns);
  return mapped == 0 ? 0 : sj_fail(c, "mount_setattr(IDMAP)", op->str[0]);
}

int sj_do_open_tree(struct sj_context *c, const struct sj_op *op) {
  int *slot = &c->slots[op->num[0]];
  const char *path = op->str[0];
  if (sj_is_given_layer(c, op))
    return 0;
  int fd = op->flags & SJ_SELF ? sj_resolve(c, path) : sj_open_source(path, O_PATH);
  if (fd < 0) {
    if ((op->flags & SJ_OPTIONAL) && (errno == ENOENT || errno == ENOTDIR))
      return 0;
    return sj_fail(c, op->flags & SJ_SELF ? "openat2" : "open", path);
  }
  if (op->flags & SJ_CLASSIC) {
    *slot = fd;
    return 0;
  }
  int tree = sj_clone_tree(c, fd, path, sj_tree_depth(op));
  sj_close_keeping_errno(fd);
  if (tree < 0)
    return -1;
  if (map_ids(c, op, tree) != 0) {
    sj_close_keeping_errno(tree);
    return -1;
  }
  *slot = tree;
  return 0;
}
