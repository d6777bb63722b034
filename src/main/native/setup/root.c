#define _GNU_SOURCE
#include "setup/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/file_system.h"
#include "setup/mounts_classic.h"
#include "setup/trees.h"

int sj_do_private(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : sj_fail(c, "mount(MS_PRIVATE)", "/");
}

static void take_root(struct sj_context *c, int fd) {
  sj_close_keeping_errno(c->root);
  c->root = fd;
  c->root_depth++;
  c->nmounted = 0;
}

/*
 * The new root is stacked on "/" itself. The process keeps seeing the old root (its root is the lower mount), so host paths still
 * work, nothing of the host is hidden by a staging directory, and none has to exist. "/.." steps up into the stacked mount.
 */
static int enter_stacked(struct sj_context *c) {
  int fd = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return sj_fail(c, "open", "/..");
  take_root(c, fd);
  return 0;
}

int sj_do_root_fs(struct sj_context *c, const struct sj_op *op) {
  if (op->flags & SJ_CLASSIC) {
    if ((op->flags & SJ_SELF) && fchdir(c->root) != 0)
      return sj_fail(c, "fchdir", "/");
    if (sj_classic_mount(c, op->str[0], -1, "/", op->num[0], &op->list) != 0)
      return sj_fail(c, "mount", op->str[0]);
    return enter_stacked(c);
  }
  int mnt = sj_new_file_system(c, op->str[0], op->num[0], &op->list);
  if (mnt < 0)
    return -1;
  if (sj_move_mount(mnt, "", AT_FDCWD, "/", SJ_MOVE_FROM_EMPTY) != 0) {
    sj_close_keeping_errno(mnt);
    return sj_fail(c, "move_mount", "/");
  }
  take_root(c, mnt);
  return 0;
}

int sj_do_root_bind(struct sj_context *c, const struct sj_op *op) {
  int tree = c->slots[op->num[0]];
  if (tree < 0) {
    errno = EBADF;
    return sj_fail(c, "bind", "/");
  }
  c->slots[op->num[0]] = -1;
  if (sj_same_kind(c, true, tree, "/") != 0) {
    close(tree);
    return -1;
  }
  if (op->flags & SJ_CLASSIC) {
    if (sj_classic_bind(c, tree, -1, "/") != 0)
      return sj_fail(c, "mount(MS_BIND)", "/");
    close(tree);
    if (enter_stacked(c) != 0)
      return -1;
    if (sj_classic_attributes(c, c->root, op->num[1], (op->flags & SJ_RECURSIVE) != 0) != 0)
      return sj_fail(c, "mount(MS_REMOUNT)", "/");
    return 0;
  }
  if (sj_set_tree_attributes(tree, op, op->num[1]) != 0)
    return sj_fail(c, "mount_setattr", "/");
  if (sj_move_mount(tree, "", AT_FDCWD, "/", SJ_MOVE_FROM_EMPTY) != 0)
    return sj_fail(c, "move_mount", "/");
  take_root(c, tree);
  return 0;
}

/*
 * Nothing has to be taken away first: below is what the template holds for its clones. Whoever may not take mounts away never sees it,
 * since the root of a mount namespace is what was mounted on it last.
 */
int sj_do_enter(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  if (!c->templated)
    return 0;
  if (fchdir(c->root) != 0)
    return sj_fail(c, "fchdir", "/");
  return chroot(".") == 0 ? 0 : sj_fail(c, "chroot", "/");
}

int sj_do_pivot(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  if (fchdir(c->root) != 0)
    return sj_fail(c, "fchdir", "/");
  /* The old root ends up on top of the new one, at the working directory, with whatever was stacked on it: peel all of that off. */
  if (sj_pivot_root(".", ".") != 0)
    return sj_fail(c, "pivot_root", "/");
  for (unsigned i = 0; i < c->root_depth; i++)
    if (umount2(".", MNT_DETACH) != 0)
      return sj_fail(c, "umount2", "old root");
  /* c->root stays: it names the mount that "/" now is, in whichever process this ran. */
  return chdir("/") == 0 ? 0 : sj_fail(c, "chdir", "/");
}
