#define _GNU_SOURCE
#include "setup/mounted.h"

#include <errno.h>
#include <string.h>

#include "kernel/syscalls.h"

/* 0 if `path` is neither `top` nor below; else how much of it names `top`. */
static size_t covers(const char *top, const char *path) {
  size_t n = strlen(top);
  if (strncmp(path, top, n) != 0 || n < 2)
    return 0;
  return path[n] == '/' || path[n] == 0 ? n : 0;
}

static bool is_below_or_at(const struct sj_op *op, const char *path) {
  for (unsigned i = 0; i < sizeof op->str / sizeof op->str[0]; i++)
    if (op->str[i] != NULL && covers(path, op->str[i]) > 0)
      return true;
  return false;
}

/* Looks at more than what is still to come, which costs a name that nobody asks for. */
static bool matters(const struct sj_context *c, const struct sj_op *own, const char *path) {
  for (unsigned section = SJ_SETUP; section <= SJ_PROCESS; section++)
    for (uint32_t i = 0; i < c->plan->count[section]; i++) {
      const struct sj_op *op = c->plan->section[section] + i;
      if (op != own && is_below_or_at(op, path))
        return true;
    }
  return false;
}

int sj_remember_mount(struct sj_context *c, const struct sj_op *op, const char *path, const struct stat *st) {
  unsigned left = 0;
  for (unsigned i = 0; i < c->nmounted; i++)
    if (covers(path, c->mounted[i].path) == 0)
      c->mounted[left++] = c->mounted[i];
  c->nmounted = left;
  if (!S_ISDIR(st->st_mode) || !matters(c, op, path))
    return 0;
  if (c->nmounted == SJ_MOUNTED_MAX) {
    errno = E2BIG;
    return -1;
  }
  c->mounted[c->nmounted++] = (struct sj_mounted){path, st->st_dev, st->st_ino};
  return 0;
}

const struct sj_mounted *sj_mount_above(const struct sj_context *c, const char *path, const char **rest) {
  const struct sj_mounted *found = NULL;
  size_t longest = 0;
  for (unsigned i = 0; i < c->nmounted; i++) {
    size_t n = covers(c->mounted[i].path, path);
    if (n > longest) {
      longest = n;
      found = &c->mounted[i];
    }
  }
  *rest = path + longest + strspn(path + longest, "/");
  return found;
}

bool sj_is_mount(const struct sj_mounted *m, int fd) {
  struct stat st;
  /* The root of a bind is a directory of the host, which could have been moved to where its mount was. */
  bool same = fstat(fd, &st) == 0 && st.st_dev == m->dev && st.st_ino == m->ino && sj_is_mount_root(fd);
  if (!same)
    errno = ESTALE;
  return same;
}
