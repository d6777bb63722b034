#define _GNU_SOURCE
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

static void close_keeping_errno(int fd) {
  int saved = errno;
  close(fd);
  errno = saved;
}

/*
 * For kernels and containers without openat2: one component at a time, refusing every symbolic link. Stricter than IN_ROOT, which
 * follows links inside the root, because following them by hand cannot be made safe against a root that changes meanwhile.
 */
static int walk(int root, const char *path, int flags) {
  int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
  while (at >= 0) {
    while (*path == '/')
      path++;
    size_t n = strcspn(path, "/");
    if (n == 0)
      return at;
    char name[256];
    if (n >= sizeof name || strncmp(path, "..", 3) == 0 || strncmp(path, "../", 3) == 0) {
      close(at);
      errno = n >= sizeof name ? ENAMETOOLONG : EXDEV;
      return -1;
    }
    memcpy(name, path, n);
    name[n] = 0;
    path += n;
    int next = openat(at, name, flags | O_PATH | O_NOFOLLOW | O_CLOEXEC);
    close_keeping_errno(at);
    struct stat st;
    if (next >= 0 && fstat(next, &st) == 0 && S_ISLNK(st.st_mode)) {
      close(next);
      errno = ELOOP;
      return -1;
    }
    at = next;
  }
  return at;
}

static int beneath(int root, const char *path) {
  int fd = sj_openat2(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, SJ_RESOLVE_IN_ROOT | SJ_RESOLVE_NO_MAGICLINKS);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = walk(root, path, 0);
  return fd;
}

int sj_resolve(struct sj_context *c, const char *path) {
  int fd = beneath(c->root, path);
  struct stat st;
  if (fd >= 0 && (fstat(fd, &st) != 0 || S_ISLNK(st.st_mode))) {
    close(fd);
    errno = ELOOP;
    return -1;
  }
  return fd;
}

/* An O_PATH descriptor of a directory that may be reached through links inside the root. */
static int directory_beneath(int root, const char *path) {
  int fd = sj_openat2(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, SJ_RESOLVE_IN_ROOT | SJ_RESOLVE_NO_MAGICLINKS);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = walk(root, path, O_DIRECTORY);
  return fd;
}

int sj_mkdirat(int parent, const char *name, mode_t mode) {
  mode_t before = umask(0);
  int result = mkdirat(parent, name, mode & 01777);
  int error = errno;
  umask(before);
  errno = error;
  return result;
}

int sj_mknodat(int parent, const char *name, mode_t mode, dev_t device) {
  mode_t before = umask(0);
  int result = mknodat(parent, name, mode, device);
  int error = errno;
  umask(before);
  errno = error;
  return result;
}

int sj_resolve_parent(struct sj_context *c, const char *path, char name[256]) {
  char prefix[4096];
  const char *slash = strrchr(path, '/');
  size_t n = slash == NULL ? 0 : (size_t)(slash - path);
  const char *last = slash == NULL ? path : slash + 1;
  if (n >= sizeof prefix || strlen(last) > 255) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (*last == 0 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
    errno = EINVAL;
    return -1;
  }
  strcpy(name, last);
  memcpy(prefix, path, n);
  prefix[n] = 0;
  int dir = directory_beneath(c->root, n == 0 ? "/" : prefix);
  if (dir >= 0 || errno != ENOENT)
    return dir;
  /* Make what is missing, from the top. */
  int parent = directory_beneath(c->root, "/");
  for (size_t i = 1; parent >= 0 && i <= n; i++) {
    if (i < n && prefix[i] != '/')
      continue;
    prefix[i] = 0;
    dir = directory_beneath(c->root, prefix);
    if (dir < 0 && errno == ENOENT) {
      const char *component = strrchr(prefix, '/') + 1;
      (void)sj_mkdirat(parent, component, 0755);
      dir = directory_beneath(c->root, prefix);
    }
    close_keeping_errno(parent);
    parent = dir;
    if (i < n)
      prefix[i] = '/';
  }
  return parent;
}

int sj_resolve_or_create(struct sj_context *c, const char *path, bool directory) {
  int fd = sj_resolve(c, path);
  if (fd >= 0 || errno != ENOENT)
    return fd;
  char name[256];
  int parent = sj_resolve_parent(c, path, name);
  if (parent < 0)
    return -1;
  int made = directory ? mkdirat(parent, name, 0755)
                       : mknodat(parent, name, S_IFREG | 0644, 0);
  if (made == 0)
    fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  close_keeping_errno(parent);
  return fd;
}

int sj_open_source(const char *path, int flags) {
  int fd = sj_openat2(AT_FDCWD, path, (uint64_t)(unsigned)flags | O_CLOEXEC, SJ_RESOLVE_NO_SYMLINKS);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;
  int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return -1;
  fd = walk(root, path, flags & ~O_PATH);
  close_keeping_errno(root);
  return fd;
}

void sj_fd_path(int fd, char out[32]) {
  snprintf(out, 32, "self/fd/%d", fd);
}
