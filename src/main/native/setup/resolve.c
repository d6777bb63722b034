#define _GNU_SOURCE
#include "setup/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/mounted.h"

static void close_keeping_errno(int fd) {
  int saved = errno;
  close(fd);
  errno = saved;
}

/* For kernels and containers without openat2: one name at a time, refusing every symbolic link. */
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

enum { LINKS_MAX = 40, PATH_SIZE = 4096 };

/*
 * A way beneath the root, one name at a time. `done` is how far it has come, names of which none was a link; `todo` is what is left. What
 * a link says is only ever read as further names from the root or from `done`, so that nothing that changes meanwhile leads out: "/" is
 * the root's, and ".." takes the last name off `done`.
 */
struct way {
  struct sj_context *c;
  int at;
  bool create;
  unsigned links;
  char done[PATH_SIZE];
  char todo[2 * PATH_SIZE];
};

static int move_to(struct way *w, int fd) {
  if (fd < 0)
    return -1;
  close_keeping_errno(w->at);
  w->at = fd;
  return 0;
}

static int up(struct way *w) {
  char *slash = strrchr(w->done, '/');
  if (slash != NULL)
    *slash = 0;
  return move_to(w, walk(w->c->root, w->done, O_DIRECTORY));
}

static int follow(struct way *w, int link) {
  char text[PATH_SIZE];
  ssize_t n = readlinkat(link, "", text, sizeof text - 1);
  if (n <= 0)
    return -1;
  size_t left = strlen(w->todo);
  if (++w->links > LINKS_MAX || (size_t)n + 1 + left >= sizeof w->todo) {
    errno = w->links > LINKS_MAX ? ELOOP : ENAMETOOLONG;
    return -1;
  }
  memmove(w->todo + n + 1, w->todo, left + 1);
  memcpy(w->todo, text, (size_t)n);
  w->todo[n] = '/';
  if (text[0] != '/')
    return 0;
  w->done[0] = 0;
  return move_to(w, fcntl(w->c->root, F_DUPFD_CLOEXEC, 0));
}

bool sj_is_own(const struct sj_context *c, int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0)
    return false;
  for (unsigned i = 0; i < c->nown; i++)
    if (c->own[i] == st.st_dev)
      return true;
  return false;
}

void sj_remember_own(struct sj_context *c, int fd) {
  struct stat st;
  if (c->nown < sizeof c->own / sizeof c->own[0] && fstat(fd, &st) == 0)
    c->own[c->nown++] = st.st_dev;
}

/*
 * Whether something may be made where the way has come to: in memory of the sandbox's own always; elsewhere if that was asked for, and a
 * link has not led into another mount than the root's, which may be a directory of the host.
 */
static bool may_make(const struct way *w) {
  if (sj_is_own(w->c, w->at) || (w->create && (w->links == 0 || sj_same_mount(w->c->root, w->at))))
    return true;
  errno = w->create ? EXDEV : ENOENT;
  return false;
}

/* An O_PATH descriptor of the next name; of what is made for it if nothing is there, and `kind` is not 0. */
static int next(struct way *w, const char *name, bool last, mode_t kind, bool *made) {
  const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(w->at, name, flags);
  if (fd >= 0 || errno != ENOENT || kind == 0 || !may_make(w))
    return fd;
  int result = last && !S_ISDIR(kind) ? sj_mknodat(w->at, name, kind, 0) : sj_mkdirat(w->at, name, last ? kind : 0755);
  if (result != 0 && errno != EEXIST)
    return -1;
  *made = result == 0 && last;
  return openat(w->at, name, flags);
}

/* Takes the next name off `todo`: 1, 0 at the end, or -1. */
static int take(struct way *w, char name[256], bool *last) {
  size_t from = strspn(w->todo, "/");
  size_t n = strcspn(w->todo + from, "/");
  if (n > 255) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(name, w->todo + from, n);
  name[n] = 0;
  from += n;
  from += strspn(w->todo + from, "/");
  *last = w->todo[from] == 0;
  memmove(w->todo, w->todo + from, strlen(w->todo + from) + 1);
  return n > 0;
}

static int enter(struct way *w, const char *name, bool last, mode_t kind, bool *made) {
  struct stat st;
  int fd = next(w, name, last, kind, made);
  if (fd < 0)
    return -1;
  int result = -1;
  if (fstat(fd, &st) != 0) {
    /* reported */
  } else if (S_ISLNK(st.st_mode)) {
    result = follow(w, fd);
  } else if (!last && !S_ISDIR(st.st_mode)) {
    errno = ENOTDIR;
  } else if (strlen(w->done) + strlen(name) + 2 > sizeof w->done) {
    errno = ENAMETOOLONG;
  } else {
    strcat(strcat(w->done, "/"), name);
    return move_to(w, fd);
  }
  close_keeping_errno(fd);
  return result;
}

/* In the root, whatever is mounted there. */
static int from_root(struct sj_context *c, const char *path, uint64_t flags, uint64_t resolve) {
  return sj_openat2(c->root, path, O_PATH | O_CLOEXEC | flags, resolve | SJ_RESOLVE_NO_MAGICLINKS);
}

/* The whole way from the names `top`, which are at `at`. `w` says afterwards how it went; its descriptor is what is returned. */
static int go_from(struct way *w, struct sj_context *c, int at, const char *top, const char *rest, mode_t kind, bool create, bool *made) {
  char name[256];
  bool last = false;
  *w = (struct way){.c = c, .create = create, .at = at};
  *made = false;
  if (at >= 0 && strlen(top) + strlen(rest) >= PATH_SIZE) {
    errno = ENAMETOOLONG;
    goto failed;
  }
  if (at < 0)
    return -1;
  strcpy(w->done, top);
  strcpy(w->todo, rest);
  for (int more; w->at >= 0 && (more = take(w, name, &last)) != 0;) {
    if (more < 0)
      goto failed;
    if (strcmp(name, ".") == 0)
      continue;
    if ((strcmp(name, "..") == 0 ? up(w) : enter(w, name, last, kind, made)) != 0)
      goto failed;
  }
  return w->at;
failed:
  if (w->at >= 0)
    close_keeping_errno(w->at);
  return -1;
}

/* Whether openat2 is missing, found that names changed, or came to a link that leads out of a mount. */
static bool is_to_be_walked(void) {
  return errno == ENOSYS || errno == EPERM || errno == EAGAIN || errno == EXDEV;
}

/* The root of a mount, which has to be at its path still. */
static int open_mount(struct sj_context *c, const struct sj_mounted *m) {
  struct way w;
  bool made;
  int fd = from_root(c, m->path, 0, SJ_RESOLVE_IN_ROOT);
  if (fd < 0 && is_to_be_walked())
    fd = go_from(&w, c, fcntl(c->root, F_DUPFD_CLOEXEC, 0), "", m->path, 0, false, &made);
  if (fd >= 0 && sj_is_mount(m, fd))
    return fd;
  if (fd >= 0)
    close_keeping_errno(fd);
  if (errno == ENOENT || errno == ENOTDIR)
    errno = ESTALE;
  return -1;
}

/* Where a way begins: at the innermost mount that others are placed below, so that nothing above can lead past it, or at the root. */
static int begin_at(struct sj_context *c, const char *path, const char **top, const char **rest) {
  const struct sj_mounted *m = sj_mount_above(c, path, rest);
  *top = m == NULL ? "" : m->path;
  return m == NULL ? fcntl(c->root, F_DUPFD_CLOEXEC, 0) : open_mount(c, m);
}

static int go(struct way *w, struct sj_context *c, const char *path, mode_t kind, bool create, bool *made) {
  const char *top, *rest;
  int at = begin_at(c, path, &top, &rest);
  return go_from(w, c, at, top, rest, kind, create, made);
}

static int beneath(struct sj_context *c, const char *path, uint64_t flags, uint64_t resolve) {
  const char *rest;
  const struct sj_mounted *m = sj_mount_above(c, path, &rest);
  if (m == NULL)
    return from_root(c, path, flags, resolve | SJ_RESOLVE_IN_ROOT);
  int top = open_mount(c, m);
  if (top < 0 || *rest == 0)
    return top;
  int fd = sj_openat2(top, rest, O_PATH | O_CLOEXEC | flags, resolve | SJ_RESOLVE_BENEATH | SJ_RESOLVE_NO_MAGICLINKS);
  close_keeping_errno(top);
  return fd;
}

static int go_simply(struct sj_context *c, const char *path, mode_t kind, bool create, bool *made) {
  struct way w;
  return go(&w, c, path, kind, create, made);
}

int sj_resolve(struct sj_context *c, const char *path) {
  bool made;
  int fd = beneath(c, path, 0, 0);
  return fd < 0 && is_to_be_walked() ? go_simply(c, path, 0, false, &made) : fd;
}

int sj_resolve_itself(struct sj_context *c, const char *path) {
  struct stat st;
  int fd = beneath(c, path, O_NOFOLLOW, 0);
  if (fd < 0 && is_to_be_walked()) {
    const char *top, *rest;
    int at = begin_at(c, path, &top, &rest);
    fd = at < 0 ? -1 : walk(at, rest, 0);
    if (at >= 0)
      close_keeping_errno(at);
  }
  if (fd >= 0 && (fstat(fd, &st) != 0 || S_ISLNK(st.st_mode))) {
    close(fd);
    errno = ELOOP;
    return -1;
  }
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
  struct way w;
  bool made;
  char prefix[PATH_SIZE];
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
  int dir = beneath(c, n == 0 ? "/" : prefix, O_DIRECTORY, SJ_RESOLVE_NO_SYMLINKS);
  if (dir >= 0 || (errno != ENOENT && errno != ELOOP && !is_to_be_walked()))
    return dir;
  dir = go(&w, c, prefix, S_IFDIR | 0755, true, &made);
  if (dir >= 0 && !may_make(&w)) {
    close_keeping_errno(dir);
    return -1;
  }
  return dir;
}

int sj_resolve_or_create(struct sj_context *c, const char *path, mode_t kind, bool create, bool *made) {
  int fd = sj_resolve(c, path);
  *made = false;
  return fd >= 0 || errno != ENOENT ? fd : go_simply(c, path, kind, create, made);
}

int sj_open_source(const char *path, int flags) {
  int fd = sj_openat2(AT_FDCWD, path, (uint64_t)(unsigned)flags | O_CLOEXEC, SJ_RESOLVE_NO_SYMLINKS);
  if (fd >= 0 || !is_to_be_walked())
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
