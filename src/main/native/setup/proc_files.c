#define _GNU_SOURCE
#include "setup/proc_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/file_system.h"
#include "setup/resolve.h"

static void close_keeping_errno(int fd) {
  int saved = errno;
  if (fd >= 0)
    close(fd);
  errno = saved;
}

/* A file of that content as a detached mount of its own. Only what is attached can be copied, so its file system is for a moment, here. */
static int file_of_its_own(struct sj_context *c, const struct sj_op *op, int proc) {
  static const char *const pairs[] = {"size", "4k", "nr_inodes", "2", "mode", "0555", NULL};
  const struct sj_strv options = {6, (const char **)(uintptr_t)pairs};
  const char *name = op->str[1];
  int tree = -1;
  int mnt = sj_new_file_system(c, "tmpfs", 0, &options);
  if (mnt < 0)
    return -1;
  int file = openat(mnt, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (file < 0 || write(file, op->blob, op->blob_size) != (ssize_t)op->blob_size || fchmod(file, 0444) != 0) {
    sj_fail(c, "write", name);
  } else if (sj_move_mount(mnt, "", proc, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY) != 0) {
    sj_fail(c, "move_mount", op->str[0]);
  } else {
    tree = sj_open_tree(mnt, name, SJ_OPEN_TREE_CLONE | SJ_OPEN_TREE_CLOEXEC);
    if (tree < 0)
      sj_fail(c, "open_tree", name);
    if (fchdir(mnt) != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
      sj_fail(c, "umount2", op->str[0]);
      close_keeping_errno(tree);
      tree = -1;
    }
  }
  close_keeping_errno(file);
  close_keeping_errno(mnt);
  return tree;
}

static int cover(struct sj_context *c, const struct sj_op *op, int proc) {
  const unsigned attributes = SJ_ATTR_RDONLY | SJ_ATTR_NOSUID | SJ_ATTR_NODEV | SJ_ATTR_NOEXEC;
  int target = openat(proc, op->str[1], O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0)
    return errno == ENOENT ? 0 : sj_fail(c, "open", op->str[1]); /* a kernel that has no such file */
  int tree = file_of_its_own(c, op, proc);
  int result = tree < 0 ? -1 : 0;
  if (result == 0 && sj_mount_setattr(tree, "", SJ_AT_EMPTY_PATH, attributes, MS_PRIVATE, -1) != 0)
    result = sj_fail(c, "mount_setattr", op->str[1]);
  if (result == 0 && sj_move_mount(tree, "", target, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY) != 0)
    result = sj_fail(c, "move_mount", op->str[1]);
  close_keeping_errno(tree);
  close_keeping_errno(target);
  return result;
}

/* A name that a mount holds on to is found also when the file system has ceased to know it; all others the kernel forgets then. */
static int reconfigure(struct sj_context *c, const struct sj_op *op, int proc) {
  int fs = sj_fspick(proc, "", SJ_FSPICK_CLOEXEC | SJ_FSPICK_EMPTY_PATH);
  int result = fs < 0 ? sj_fail(c, "fspick", op->str[0]) : 0;
  for (uint32_t i = 0; result == 0 && i + 1 < op->list.count; i += 2)
    if (sj_fsconfig(fs, SJ_FSCONFIG_STRING, op->list.items[i], op->list.items[i + 1], 0) != 0)
      result = sj_fail(c, "fsconfig", op->list.items[i]);
  if (result == 0 && sj_fsconfig(fs, SJ_FSCONFIG_RECONFIGURE, NULL, NULL, 0) != 0)
    result = sj_fail(c, "fsconfig(RECONFIGURE)", op->str[0]);
  close_keeping_errno(fs);
  return result;
}

/* A descriptor of ours would keep its name known. */
static void let_go_of_sysctls(struct sj_context *c, int proc) {
  struct stat ours, theirs;
  if (c->sysctl < 0 || fstat(c->sysctl, &ours) != 0 || fstat(proc, &theirs) != 0 || ours.st_dev != theirs.st_dev)
    return;
  close(c->sysctl);
  c->sysctl = -1;
}

int sj_do_proc_file(struct sj_context *c, const struct sj_op *op) {
  int proc = sj_resolve(c, op->str[0]);
  if (proc < 0)
    return sj_fail(c, "openat2", op->str[0]);
  let_go_of_sysctls(c, proc);
  int result = cover(c, op, proc);
  if (result == 0)
    result = reconfigure(c, op, proc);
  close_keeping_errno(proc);
  return result;
}
