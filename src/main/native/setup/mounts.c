#define _GNU_SOURCE
#include "setup/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/syscalls.h"
#include "setup/copy_up.h"
#include "setup/file_system.h"
#include "setup/layers.h"
#include "setup/mounted.h"
#include "setup/mounts_classic.h"
#include "setup/resolve.h"
#include "setup/trees.h"

static int open_target(struct sj_context *c, const char *path, bool create, bool directory) {
  bool made;
  int target = sj_resolve_or_create(c, path, directory ? S_IFDIR | 0755 : S_IFREG | 0644, create, &made);
  return target < 0 ? sj_fail(c, create ? "create" : "openat2", path) : target;
}

/*
 * What the kernel tells is mounted at the very place: if a link could lead it elsewhere, another sandbox that has the same root could
 * move the link before the masks that belong to it are made.
 */
static int open_target_of(struct sj_context *c, const struct sj_op *op) {
  const char *type = op->str[0], *path = op->str[1];
  if (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0) {
    int fd = sj_resolve_itself(c, path);
    if (fd >= 0 || errno != ENOENT)
      return fd < 0 ? sj_fail(c, "openat2", path) : fd;
  }
  return open_target(c, path, op->flags & SJ_CREATE, true);
}

/* By its path, since mount(2) tells no descriptor: it counts only if it is a file system that was not there before. */
static void remember_over(struct sj_context *c, const char *path, int under) {
  struct stat before, now;
  struct statfs fs;
  enum { TMPFS = 0x01021994 };
  int over = sj_resolve(c, path);
  if (over >= 0 && fstat(over, &now) == 0 && fstat(under, &before) == 0 && now.st_dev != before.st_dev && now.st_nlink == 2 &&
      fstatfs(over, &fs) == 0 && fs.f_type == TMPFS)
    sj_remember_own(c, over);
  if (over >= 0)
    close(over);
}

/* `fd` is the mount's root. */
static int remember(struct sj_context *c, const struct sj_op *op, const char *path, int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && sj_remember_mount(c, op, path, &st) == 0 ? 0 : sj_fail(c, "remember", path);
}

/* Where no descriptor tells it. What the kernel tells nobody else can put there, and of the rest nothing is remembered. */
static int remember_by_path(struct sj_context *c, const struct sj_op *op) {
  enum { PROC = 0x9fa0, SYSFS = 0x62656572 };
  struct statfs fs;
  const char *path = op->str[1];
  bool proc = strcmp(op->str[0], "proc") == 0;
  if (!proc && strcmp(op->str[0], "sysfs") != 0)
    return 0;
  int over = sj_resolve(c, path);
  int result = over >= 0 && fstatfs(over, &fs) == 0 ? 0 : sj_fail(c, "fstatfs", path);
  if (result == 0 && (unsigned long)fs.f_type != (proc ? PROC : SYSFS)) {
    errno = ESTALE;
    result = sj_fail(c, "fstatfs", path);
  }
  if (result == 0)
    result = remember(c, op, path, over);
  if (over >= 0)
    sj_close_keeping_errno(over);
  return result;
}

static int begin(struct sj_context *c, const struct sj_op *op, int under, int over) {
  bool mode = (op->flags & SJ_LIKE_COVERED) != 0, content = (op->flags & SJ_COPY_UP) != 0;
  return mode || content ? sj_copy_up(c, under, over, mode, content, op->str[1]) : 0;
}

static int begin_over(struct sj_context *c, const struct sj_op *op, int under) {
  int over = sj_resolve(c, op->str[1]);
  int result = over < 0 ? sj_fail(c, "openat2", op->str[1]) : begin(c, op, under, over);
  sj_close_keeping_errno(over);
  return result;
}

/* Where overlayfs can't write to its directories it mounts without them, and says so in the log alone. */
static int stays_writable(struct sj_context *c, const char *path) {
  struct statfs fs;
  int over = sj_resolve(c, path);
  if (over < 0)
    return sj_fail(c, "openat2", path);
  int result = fstatfs(over, &fs);
  if (result == 0 && (fs.f_flags & ST_RDONLY) != 0) {
    errno = EROFS;
    result = -1;
  }
  if (result != 0)
    sj_fail(c, "fstatfs", path);
  sj_close_keeping_errno(over);
  return result;
}

int sj_do_mount(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[1];
  int target = open_target_of(c, op);
  if (target < 0)
    return -1;
  bool memory = strcmp(op->str[0], "tmpfs") == 0;
  int result = sj_same_kind(c, true, target, path);
  if (result != 0) {
    /* reported */
  } else if (op->flags & SJ_CLASSIC) {
    if (sj_classic_mount(c, op->str[0], target, NULL, op->num[0], &op->list) != 0)
      result = sj_fail(c, "mount", path);
    else if (strcmp(op->str[0], "overlay") == 0 && (op->num[0] & SJ_ATTR_RDONLY) == 0)
      result = stays_writable(c, path);
    else if (memory) {
      remember_over(c, path, target);
      result = begin_over(c, op, target);
    }
    if (result == 0)
      result = remember_by_path(c, op);
  } else {
    int mnt = sj_new_file_system(c, op->str[0], op->num[0], &op->list);
    if (mnt < 0 || begin(c, op, target, mnt) != 0)
      result = -1;
    else if (sj_move_mount(mnt, "", target, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY) != 0)
      result = sj_fail(c, "move_mount", path);
    else if (strcmp(op->str[0], "proc") == 0 && c->sysctl < 0)
      c->sysctl = openat(mnt, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC); /* one of processes alone has none */
    else if (memory)
      sj_remember_own(c, mnt);
    if (result == 0)
      result = remember(c, op, path, mnt);
    sj_close_keeping_errno(mnt);
  }
  sj_close_keeping_errno(target);
  return result;
}

/* Of what has just been mounted at a path: if a link on it leads elsewhere by now, that is not changed instead. */
static int look_again(struct sj_context *c, const char *path, const struct stat *mounted) {
  struct stat st;
  int fd = sj_resolve(c, path);
  if (fd < 0 || (fstat(fd, &st) == 0 && st.st_dev == mounted->st_dev && st.st_ino == mounted->st_ino))
    return fd;
  close(fd);
  errno = ESTALE;
  return -1;
}

int sj_do_bind(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  int source = c->slots[op->num[0]];
  if (source < 0)
    return 0;
  c->slots[op->num[0]] = -1;
  struct stat st;
  if (fstat(source, &st) != 0)
    return sj_fail(c, "fstat", path);
  int target = open_target(c, path, op->flags & SJ_CREATE, S_ISDIR(st.st_mode));
  if (target < 0)
    return -1;
  int result = sj_same_kind(c, S_ISDIR(st.st_mode), target, path);
  if (result != 0) {
    /* reported */
  } else if (op->flags & SJ_CLASSIC) {
    if (sj_classic_bind(c, source, target, NULL) != 0) {
      result = sj_fail(c, "mount(MS_BIND)", path);
    } else {
      /* The old descriptor names what lies under the new mount: look again. */
      int over = look_again(c, path, &st);
      if (over < 0 || sj_classic_attributes(c, over, op->num[1], (op->flags & SJ_RECURSIVE) != 0) != 0)
        result = sj_fail(c, "mount(MS_REMOUNT)", path);
      sj_close_keeping_errno(over);
    }
  } else if (sj_set_tree_attributes(source, op, op->num[1]) != 0) {
    result = sj_fail(c, "mount_setattr", path);
  } else if (sj_move_mount(source, "", target, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY) != 0) {
    result = sj_fail(c, "move_mount", path);
  } else if (sj_remember_mount(c, op, path, &st) != 0) {
    result = sj_fail(c, "remember", path);
  }
  sj_close_keeping_errno(source);
  sj_close_keeping_errno(target);
  return result;
}

/* Attributes on the mount at a path of the new root; with SELF the path first becomes a mount of its own. */
int sj_do_attributes(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  bool classic = op->flags & SJ_CLASSIC;
  int target = sj_resolve(c, path);
  if (target < 0 && (op->flags & SJ_OPTIONAL) && (errno == ENOENT || errno == ENOTDIR)) {
    c->absent = true;
    return 0;
  }
  if (target < 0)
    return sj_fail(c, "openat2", path);
  int result = 0;
  if ((op->flags & SJ_SELF) && classic) {
    struct stat st;
    if (fstat(target, &st) != 0 || sj_classic_bind(c, target, target, NULL) != 0)
      result = sj_fail(c, "mount(MS_BIND)", path);
    sj_close_keeping_errno(target);
    target = result == 0 ? look_again(c, path, &st) : -1;
    if (result == 0 && target < 0)
      result = sj_fail(c, "openat2", path);
  } else if (op->flags & SJ_SELF) {
    int tree = sj_clone_tree(c, target, path, SJ_AT_RECURSIVE);
    if (tree < 0)
      result = -1;
    else if (sj_move_mount(tree, "", target, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY) != 0)
      result = sj_fail(c, "move_mount", path);
    else
      result = remember(c, op, path, tree);
    sj_close_keeping_errno(target);
    target = tree;
  }
  if (result == 0) {
    int set = classic ? sj_classic_attributes(c, target, op->num[0], (op->flags & SJ_RECURSIVE) != 0)
                      : sj_mount_setattr(target, "", SJ_AT_EMPTY_PATH | sj_tree_depth(op), op->num[0], 0, -1);
    if (set != 0)
      result = sj_fail(c, classic ? "mount(MS_REMOUNT)" : "mount_setattr", path);
  }
  sj_close_keeping_errno(target);
  return result;
}

int sj_do_mask(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  const uint64_t attributes = SJ_ATTR_RDONLY | SJ_ATTR_NOSUID | SJ_ATTR_NOEXEC;
  int target = sj_resolve(c, path);
  if (target < 0 && (op->flags & SJ_OPTIONAL) && (errno == ENOENT || errno == ENOTDIR)) {
    c->absent = true;
    return 0;
  }
  if (target < 0)
    return sj_fail(c, "openat2", path);
  struct stat st;
  if (fstat(target, &st) != 0) {
    sj_close_keeping_errno(target);
    return sj_fail(c, "fstat", path);
  }
  close(target);
  struct sj_op step = *op;
  if (S_ISDIR(st.st_mode)) {
    static const char *const pairs[] = {"size", "4k", "nr_inodes", "1", "mode", "0555", NULL};
    step.str[0] = "tmpfs";
    step.str[1] = path;
    step.num[0] = attributes | SJ_ATTR_NODEV;
    step.list = (struct sj_strv){6, (const char **)(uintptr_t)pairs};
    return sj_do_mount(c, &step);
  }
  /* Not nodev: /dev/null has to stay a device. */
  const char *device = c->templated && (c->plan->flags & SJ_PLAN_TEMPLATE_LAYERS) ? SJ_TEMPLATE_NULL : "/dev/null";
  int null = sj_open_source(device, O_PATH);
  if (null < 0)
    return sj_fail(c, "open", device);
  if (op->flags & SJ_CLASSIC) {
    c->slots[SJ_SLOTS_MAX - 1] = null;
  } else {
    c->slots[SJ_SLOTS_MAX - 1] = sj_clone_tree(c, null, "/dev/null", 0);
    sj_close_keeping_errno(null);
    if (c->slots[SJ_SLOTS_MAX - 1] < 0)
      return -1;
  }
  step.num[0] = SJ_SLOTS_MAX - 1;
  step.num[1] = attributes;
  return sj_do_bind(c, &step);
}

int sj_do_propagation(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  int target = sj_resolve(c, path);
  if (target < 0)
    return sj_fail(c, "openat2", path);
  int result;
  if (op->flags & SJ_CLASSIC) {
    char name[32];
    sj_fd_path(target, name);
    result = fchdir(c->proc) == 0 ? mount(NULL, name, NULL, op->num[0] | (op->flags & SJ_RECURSIVE ? MS_REC : 0), NULL) : -1;
    if (result == 0)
      result = chdir("/"); /* the root may have changed already */
  } else {
    result = sj_mount_setattr(target, "", SJ_AT_EMPTY_PATH | sj_tree_depth(op), 0, op->num[0], -1);
  }
  if (result != 0)
    result = sj_fail(c, op->flags & SJ_CLASSIC ? "mount" : "mount_setattr", path);
  sj_close_keeping_errno(target);
  return result;
}

/*
 * The kernel shows a clone in a user namespace of its own a new procfs only where a whole one can be seen. This one belongs to a PID
 * namespace that has ended, so that it shows no process; the clone's own covers it.
 */
static int stand_in_for_proc(struct sj_context *c, const struct sj_op *op) {
  struct sj_clone clone = {SJ_CLONE_NEWPID, -1};
  int status = 0;
  pid_t pid = sj_clone(&clone);
  if (pid == 0)
    _exit(sj_do_mount(c, op) == 0 ? 0 : 1);
  if (clone.pidfd >= 0)
    close(clone.pidfd);
  if (pid < 0)
    return sj_fail(c, "clone", "procfs");
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? remember_by_path(c, op) : -1;
}

int sj_prepare_target(struct sj_context *c, const struct sj_op *op) {
  if (strcmp(op->str[0], "proc") == 0)
    return stand_in_for_proc(c, op);
  if (!(op->flags & SJ_CREATE) || (c->plan->flags & SJ_PLAN_TEMPLATE_LAYERS))
    return 0;
  bool made;
  int fd = sj_resolve_or_create(c, op->str[1], S_IFDIR | 0755, true, &made);
  if (fd < 0)
    return sj_fail(c, "create", op->str[1]);
  close(fd);
  return 0;
}
