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
#include "setup/id_maps.h"
#include "setup/resolve.h"

int sj_do_join(struct sj_context *c, const struct sj_op *op) {
  return setns(c->plan_fds[op->num[1]], (int)op->num[0]) == 0 ? 0 : sj_fail(c, "setns", "");
}

int sj_do_time_offsets(struct sj_context *c, const struct sj_op *op) {
  /* Only children enter it, so the supervisor keeps the host's clocks for its own measurements. */
  if (unshare(SJ_CLONE_NEWTIME) != 0)
    return sj_fail(c, "unshare(CLONE_NEWTIME)", "");
  if (op->num[0] == 0 && op->num[1] == 0 && op->num[2] == 0 && op->num[3] == 0)
    return 0;
  char text[160];
  snprintf(text, sizeof text, "monotonic %lld %llu\nboottime %lld %llu\n", (long long)op->num[0], (unsigned long long)op->num[1],
           (long long)op->num[2], (unsigned long long)op->num[3]);
  return sj_write_proc(c->proc, "self/timens_offsets", text) == 0 ? 0 : sj_fail(c, "write", "/proc/self/timens_offsets");
}

int sj_do_hostname(struct sj_context *c, const struct sj_op *op) {
  return sethostname(op->str[0], strlen(op->str[0])) == 0 ? 0 : sj_fail(c, "sethostname", op->str[0]);
}

int sj_do_domainname(struct sj_context *c, const struct sj_op *op) {
  return setdomainname(op->str[0], strlen(op->str[0])) == 0 ? 0 : sj_fail(c, "setdomainname", op->str[0]);
}

/*
 * Raw calls: the C library's would change all threads by signals; there is one. Groups of the host process must not stay behind.
 * Changing ids makes the process undumpable, which gives its /proc files to root and takes the death signal away; nothing hostile
 * runs in these namespaces yet, so both are put back.
 */
int sj_do_setid(struct sj_context *c, const struct sj_op *op) {
  long uid = (long)op->num[0], gid = (long)op->num[1];
  if ((op->flags & SJ_SETGROUPS) && syscall(SYS_setgroups, 0, NULL) != 0)
    return sj_fail(c, "setgroups", "");
  if (syscall(SYS_setresgid, gid, gid, gid) != 0)
    return sj_fail(c, "setresgid", "");
  if (syscall(SYS_setresuid, uid, uid, uid) != 0)
    return sj_fail(c, "setresuid", "");
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (c->plan->flags & SJ_PLAN_INIT)
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return 0;
}

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

/*
 * In the host's procfs all namespaces' entries of one name hang in one chain, which is slow to walk when there are thousands; in the
 * sandbox's own there is one. Which namespace's value it is depends on the writer alone.
 */
int sj_do_write_proc(struct sj_context *c, const struct sj_op *op) {
  const char *path = op->str[0];
  bool own = c->sysctl >= 0 && strncmp(path, "sys/", 4) == 0;
  return sj_write_proc(own ? c->sysctl : c->proc, own ? path + 4 : path, op->str[1]) == 0 ? 0 : sj_fail(c, "write", path);
}
