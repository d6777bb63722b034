#define _GNU_SOURCE
#include "setup/rootfs_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/resolve.h"

/* By a descriptor: the name may be a link by now, where others can write to the directory. */
static int set_mode(struct sj_context *c, int parent, const char *name, mode_t mode) {
  char path[32];
  int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return -1;
  sj_fd_path(fd, path);
  int result = fchmodat(c->proc, path, mode, 0);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static bool is_device(const struct stat *st, mode_t mode, dev_t device) {
  return (st->st_mode & S_IFMT) == (mode & S_IFMT) && (S_ISFIFO(st->st_mode) || st->st_rdev == device);
}

static int set_owner(int parent, const char *name, const struct sj_op *op, mode_t mode, dev_t device) {
  struct stat st;
  int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int result = -1;
  errno = ESTALE;
  if (fstat(fd, &st) == 0 && is_device(&st, mode, device))
    result = fchownat(fd, "", (uid_t)op->num[3], (gid_t)op->num[4], AT_EMPTY_PATH);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

/* The directory that a link leads to: images have links for volumes and working directories. */
static int make_behind(struct sj_context *c, const char *path, mode_t mode) {
  struct stat st;
  bool made;
  char place[32];
  int fd = sj_resolve_or_create(c, path, S_IFDIR | (mode & 01777), true, &made);
  if (fd < 0)
    return sj_fail(c, "create", path);
  int result = 0;
  sj_fd_path(fd, place);
  errno = ENOTDIR;
  if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
    result = sj_fail(c, "mkdirat", path);
  else if (made && (mode & 06000) != 0 && fchmodat(c->proc, place, mode, 0) != 0)
    result = sj_fail(c, "fchmod", path);
  close(fd);
  return result;
}

int sj_do_mkdir(struct sj_context *c, const struct sj_op *op) {
  char name[256];
  int parent = sj_resolve_parent(c, op->str[0], name);
  if (parent < 0)
    return sj_fail(c, "create", op->str[0]);
  int result = 0;
  struct stat st = {0};
  mode_t mode = (mode_t)op->num[0];
  if (sj_mkdirat(parent, name, mode) == 0) {
    if ((mode & 06000) != 0 && set_mode(c, parent, name, mode) != 0)
      result = sj_fail(c, "fchmod", op->str[0]);
  } else if (errno != EEXIST) {
    result = sj_fail(c, "mkdirat", op->str[0]);
  } else if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) {
    result = make_behind(c, op->str[0], mode);
  } else if (!S_ISDIR(st.st_mode)) {
    errno = ENOTDIR;
    result = sj_fail(c, "mkdirat", op->str[0]);
  }
  close(parent);
  return result;
}

/*
 * Takes away what hinders a file or link, where that is no more than the sandbox's own: in the root's own mount, not in one that a link
 * of the root may lead into.
 */
static bool gives_way(struct sj_context *c, int parent, const char *name, const struct sj_op *op) {
  if (!(op->flags & SJ_REPLACE) || !sj_same_mount(c->root, parent)) {
    errno = EEXIST;
    return false;
  }
  return unlinkat(parent, name, 0) == 0;
}

int sj_do_symlink(struct sj_context *c, const struct sj_op *op) {
  char name[256];
  int parent = sj_resolve_parent(c, op->str[0], name);
  if (parent < 0)
    return sj_fail(c, "create", op->str[0]);
  bool there = symlinkat(op->str[1], parent, name) == 0 || ((op->flags & SJ_OPTIONAL) && errno == EEXIST);
  if (!there && errno == EEXIST && gives_way(c, parent, name, op))
    there = symlinkat(op->str[1], parent, name) == 0;
  int result = there ? 0 : sj_fail(c, "symlinkat", op->str[0]);
  close(parent);
  return result;
}

int sj_do_owner(struct sj_context *c, const struct sj_op *op) {
  int root = sj_resolve(c, "/");
  if (root < 0)
    return sj_fail(c, "openat2", "/");
  int result = fchownat(root, "", (uid_t)op->num[0], (gid_t)op->num[1], AT_EMPTY_PATH);
  if (result != 0)
    sj_fail(c, "fchownat", "/");
  close(root);
  return result;
}

int sj_do_mknod(struct sj_context *c, const struct sj_op *op) {
  char name[256];
  struct stat st;
  mode_t mode = (mode_t)op->num[0];
  dev_t device = makedev((unsigned)op->num[1], (unsigned)op->num[2]);
  int parent = sj_resolve_parent(c, op->str[0], name);
  if (parent < 0)
    return sj_fail(c, "create", op->str[0]);
  int result = 0;
  if (sj_mknodat(parent, name, mode, device) == 0) {
    if (set_owner(parent, name, op, mode, device) != 0)
      result = sj_fail(c, "fchownat", op->str[0]);
  } else if (errno != EEXIST) {
    result = sj_fail(c, "mknodat", op->str[0]);
  } else if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_device(&st, mode, device)) {
    errno = EEXIST;
    result = sj_fail(c, "mknodat", op->str[0]);
  }
  close(parent);
  return result;
}

static int write_file(struct sj_context *c, int fd, const struct sj_op *op) {
  uint32_t done = 0;
  while (done < op->blob_size) {
    ssize_t n = write(fd, op->blob + done, op->blob_size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return sj_fail(c, "write", op->str[0]);
    done += (uint32_t)n;
  }
  return fchmod(fd, (mode_t)op->num[0]) == 0 ? 0 : sj_fail(c, "fchmod", op->str[0]);
}

int sj_do_file(struct sj_context *c, const struct sj_op *op) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  char name[256];
  int parent = sj_resolve_parent(c, op->str[0], name);
  if (parent < 0)
    return sj_fail(c, "create", op->str[0]);
  int fd = openat(parent, name, flags, 0600);
  if (fd < 0 && errno == EEXIST && gives_way(c, parent, name, op))
    fd = openat(parent, name, flags, 0600);
  int result = fd < 0 ? sj_fail(c, "openat", op->str[0]) : write_file(c, fd, op);
  if (fd >= 0)
    close(fd);
  close(parent);
  return result;
}
