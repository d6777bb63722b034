#define _GNU_SOURCE
#include "cgroup/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup/root.h"

enum { TRIES = 16, DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };

static void close_keeping_errno(int fd) {
  int error = errno;
  if (fd >= 0)
    close(fd);
  errno = error;
}

static int fail(struct sj_cgroup_path *n, const char *call, const char *path, const char *file) {
  int error = errno;
  n->call = call;
  snprintf(n->what, sizeof n->what, "%s/%s%s%s", n->base[0] != 0 ? n->base : "cgroup root", path, file[0] != 0 ? "/" : "", file);
  errno = error;
  return -1;
}

/* The path up to and with its i-th component; false if it has fewer. */
static bool first(const struct sj_cgroup_path *n, unsigned i, char path[SJ_CGROUP_PATH_MAX]) {
  const char *end = n->path - 1;
  for (unsigned k = 0; k <= i; k++) {
    if (*(end + 1) == 0)
      return false;
    end = strchr(end + 1, '/');
    if (end == NULL) {
      if (k < i)
        return false;
      end = n->path + strlen(n->path);
    }
  }
  memcpy(path, n->path, (size_t)(end - n->path));
  path[end - n->path] = 0;
  return true;
}

static const char *last_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

/* Opens what a path names that holds neither links nor "..", one component after another. */
static int walk(int top, const char *path) {
  char text[SJ_CGROUP_PATH_MAX], *rest = NULL;
  int dir = fcntl(top, F_DUPFD_CLOEXEC, 0);
  strcpy(text, path);
  for (char *name = strtok_r(text, "/", &rest); name != NULL && dir >= 0; name = strtok_r(NULL, "/", &rest)) {
    int next = openat(dir, name, DIRECTORY);
    close_keeping_errno(dir);
    dir = next;
  }
  return dir;
}

/* The directory that holds what a path names. */
static int above(int top, const char *path) {
  char text[SJ_CGROUP_PATH_MAX];
  strcpy(text, path);
  text[last_of(text) - text] = 0;
  return walk(top, text);
}

/* What the mark says. */
enum { PARENT = 'p', LEAF = 'c' };

static bool is_marked(const struct sj_cgroup_path *n, int fd, char as) {
  char value = 0;
  return fgetxattr(fd, n->mark, &value, 1) == 1 && value == as;
}

/* A kernel that keeps no such attributes makes leftovers, and parents that several share, somebody else's to remove. */
static void mark(const struct sj_cgroup_path *n, int fd, char as) {
  (void)fsetxattr(fd, n->mark, &as, 1, 0);
}

static int write_text(int dir, const char *file, const char *text) {
  int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return -1;
  ssize_t done = write(fd, text, strlen(text));
  close_keeping_errno(fd);
  return done < 0 ? -1 : 0;
}

/* ---------------------------------------------------------------- parents */

static bool has_parent(const struct sj_cgroup_path *n, unsigned i, char path[SJ_CGROUP_PATH_MAX]) {
  return first(n, i, path) && strcmp(path, n->path) != 0;
}

/* From the deepest on, until one is still in use. */
static void remove_parents(struct sj_cgroup_path *n) {
  char path[SJ_CGROUP_PATH_MAX];
  unsigned count = 0;
  while (has_parent(n, count, path))
    count++;
  while (count-- > 0 && first(n, count, path)) {
    int dir = above(n->top, path);
    int fd = dir < 0 ? -1 : openat(dir, last_of(path), DIRECTORY);
    bool ours = fd >= 0 && ((n->made & 1u << count) != 0 || is_marked(n, fd, PARENT));
    bool gone = ours && unlinkat(dir, last_of(path), AT_REMOVEDIR) == 0;
    close_keeping_errno(fd);
    close_keeping_errno(dir);
    if (!gone)
      return;
  }
}

static bool is_there(int dir, const char *name, int fd) {
  struct stat ours, there;
  return fstat(fd, &ours) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* A group takes nothing any more while it goes: then it is as if it had not been there. */
static int fail_to_write(struct sj_cgroup_path *n, int dir, const char *path, int fd, const char *file) {
  int error = errno;
  if (!is_there(dir, last_of(path), fd)) {
    errno = ENOENT;
    return fail(n, "open", path, "");
  }
  errno = error;
  return fail(n, "write", path, file);
}

/* 0 also if it was there already. */
static int make_parent(struct sj_cgroup_path *n, unsigned i, const char *path, const struct sj_strv *writes) {
  int result = 0, dir = above(n->top, path);
  if (dir < 0)
    return fail(n, "open", path, "");
  if (mkdirat(dir, last_of(path), 0755) == 0) {
    n->made |= 1u << i;
    int fd = openat(dir, last_of(path), DIRECTORY);
    if (fd < 0) {
      result = fail(n, "open", path, "");
    } else {
      mark(n, fd, PARENT);
      for (uint32_t k = 0; k + 1 < writes->count && result == 0; k += 2)
        if (write_text(fd, writes->items[k], writes->items[k + 1]) != 0)
          result = fail_to_write(n, dir, path, fd, writes->items[k]);
    }
    close_keeping_errno(fd);
  } else if (errno != EEXIST) {
    result = fail(n, "mkdir", path, "");
  }
  close_keeping_errno(dir);
  return result;
}

/* ---------------------------------------------------------------- the cgroup itself */

/* Whoever could open it could lock it, also when its launcher is dead. */
#define LEAF_MODE 0711

/* Whoever makes one locks it before it is marked: so what has the mark and no lock has lost its launcher. */
static int open_leftover(const struct sj_cgroup_path *n, int dir) {
  int fd = openat(dir, last_of(n->path), DIRECTORY);
  if (fd < 0 || (is_marked(n, fd, LEAF) && flock(fd, LOCK_EX | LOCK_NB) == 0))
    return fd;
  close(fd);
  return -1;
}

static int remove_leftover(const struct sj_cgroup_path *n, int dir) {
  int fd = open_leftover(n, dir);
  struct sj_cgroup_walk walk = {0};
  enum sj_removed removed = fd < 0 ? SJ_STUCK : SJ_LEFT;
  for (unsigned i = 0; i < TRIES && removed == SJ_LEFT; i++)
    removed = sj_cgroup_remove_in(dir, last_of(n->path), &walk);
  sj_cgroup_walk_end(&walk);
  if (fd >= 0)
    close(fd);
  errno = fd >= 0 ? EBUSY : EEXIST;
  return removed == SJ_GONE ? 0 : -1;
}

static int make_leaf(struct sj_cgroup_path *n) {
  int dir = above(n->top, n->path);
  const char *name = last_of(n->path);
  if (dir < 0)
    return fail(n, "open", n->path, "");
  int result = mkdirat(dir, name, LEAF_MODE);
  if (result != 0 && errno == EEXIST && remove_leftover(n, dir) == 0)
    result = mkdirat(dir, name, LEAF_MODE);
  if (result != 0) {
    result = fail(n, "mkdir", n->path, "");
  } else {
    n->leaf = openat(dir, name, DIRECTORY);
    if (n->leaf < 0 || flock(n->leaf, LOCK_EX | LOCK_NB) != 0)
      result = fail(n, n->leaf < 0 ? "open" : "flock", n->path, "");
    else
      mark(n, n->leaf, LEAF);
    if (result != 0)
      (void)unlinkat(dir, name, AT_REMOVEDIR);
  }
  close_keeping_errno(dir);
  return result;
}

static int make_all(struct sj_cgroup_path *n, const struct sj_op *op) {
  char path[SJ_CGROUP_PATH_MAX];
  int result = 0;
  for (unsigned i = 0; result == 0 && has_parent(n, i, path); i++)
    result = make_parent(n, i, path, &op->list);
  return result == 0 ? make_leaf(n) : result;
}

static void begin(struct sj_cgroup_path *n, const struct sj_op *op, int root) {
  memset(n, 0, sizeof *n);
  n->leaf = -1;
  n->base = strdup(op->str[0]);
  n->path = strdup(op->str[1]);
  n->mark = strdup(op->str[2]);
  if (n->base == NULL || n->path == NULL || n->mark == NULL)
    abort();
  n->top = n->base[0] != 0 ? open(n->base, DIRECTORY) : fcntl(root, F_DUPFD_CLOEXEC, 0);
}

int sj_cgroup_path_leftover(const struct sj_op *op, int root) {
  struct sj_cgroup_path n;
  begin(&n, op, root);
  int dir = n.top < 0 ? -1 : above(n.top, n.path);
  int fd = dir < 0 ? -1 : open_leftover(&n, dir);
  close_keeping_errno(dir);
  sj_cgroup_path_forget(&n);
  return fd;
}

/* The second is what the kernel says of a cgroup that is on its way out. */
static bool is_gone(int error) {
  return error == ENOENT || error == ENODEV;
}

int sj_cgroup_path_make(struct sj_cgroup_path *n, const struct sj_op *op, int root) {
  begin(n, op, root);
  int result = n->top < 0 ? fail(n, "open", "", "") : make_all(n, op);
  /* Somebody who shares a parent may have removed it since it was seen. */
  for (unsigned i = 0; result != 0 && is_gone(errno) && strcmp(n->call, "write") != 0 && n->top >= 0 && i < TRIES; i++)
    result = make_all(n, op);
  if (result != 0) {
    int error = errno;
    if (n->top >= 0)
      remove_parents(n);
    sj_cgroup_path_forget(n);
    errno = error;
  }
  return result;
}

enum sj_removed sj_cgroup_path_remove(struct sj_cgroup_path *n) {
  int dir = above(n->top, n->path);
  enum sj_removed removed = dir >= 0 || errno == ENOENT ? SJ_GONE : SJ_STUCK;
  if (dir >= 0 && is_there(dir, last_of(n->path), n->leaf))
    removed = sj_cgroup_remove_in(dir, last_of(n->path), &n->walk);
  if (dir >= 0)
    close(dir);
  if (removed == SJ_GONE) {
    remove_parents(n);
    sj_cgroup_path_forget(n);
  }
  return removed;
}

bool sj_cgroup_path_is(const struct sj_cgroup_path *n, const struct sj_op *op) {
  return n->base != NULL && strcmp(n->base, op->str[0]) == 0 && strcmp(n->path, op->str[1]) == 0;
}

void sj_cgroup_path_forget(struct sj_cgroup_path *n) {
  if (n->base == NULL)
    return;
  free(n->base);
  free(n->path);
  free(n->mark);
  n->base = n->path = n->mark = NULL;
  if (n->top >= 0)
    close(n->top);
  if (n->leaf >= 0)
    close(n->leaf);
  sj_cgroup_walk_end(&n->walk);
  n->top = n->leaf = -1;
}
