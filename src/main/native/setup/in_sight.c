#define _GNU_SOURCE
#include "setup/in_sight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "setup/resolve.h"

/* Where a link has led an operation, as a path of the new root. For as long as the process lives, which is that of one set-up. */
struct sj_led {
  struct sj_led *next;
  const struct sj_op *op;
  char place[];
};

int sj_resolve_place(struct sj_context *c, const char *path, bool *by_link) {
  int fd = sj_openat2(c->root, path, O_PATH | O_CLOEXEC, SJ_RESOLVE_IN_ROOT | SJ_RESOLVE_NO_SYMLINKS);
  *by_link = fd < 0 && errno != ENOENT; /* or the call is missing, so that nothing is known */
  return *by_link ? sj_resolve(c, path) : fd;
}

static ssize_t path_of(struct sj_context *c, int fd, char *out, size_t size) {
  char link[32];
  sj_fd_path(fd, link);
  ssize_t n = readlinkat(c->proc, link, out, size - 1);
  if (n < 0)
    return -1;
  if ((size_t)n == size - 1) {
    errno = ENAMETOOLONG;
    return -1;
  }
  out[n] = 0;
  return n;
}

static struct sj_led *remember(struct sj_context *c, const struct sj_op *op, const char *path, int target) {
  char root[4096], place[4096];
  ssize_t n = path_of(c, c->root, root, sizeof root);
  ssize_t m = n < 0 ? -1 : path_of(c, target, place, sizeof place);
  if (m < 0) {
    sj_fail(c, "readlinkat", path);
    return NULL;
  }
  size_t from = n == 1 || strncmp(place, root, (size_t)n) != 0 ? 0 : (size_t)n;
  struct sj_led *led = malloc(sizeof *led + (size_t)m - from + 2);
  if (led == NULL) {
    sj_fail(c, "malloc", path);
    return NULL;
  }
  led->op = op;
  strcpy(led->place, place[from] == 0 ? "/" : place + from);
  led->next = c->led;
  c->led = led;
  return led;
}

static const char *text_of(const struct sj_op *op) {
  return op->code == SJ_OP_BIND ? op->str[0] : op->str[1];
}

static const char *place_of(const struct sj_context *c, const struct sj_op *op, bool *by_link) {
  for (const struct sj_led *led = c->led; led != NULL; led = led->next)
    if (led->op == op) {
      *by_link = true;
      return led->place;
    }
  *by_link = false;
  return text_of(op);
}

static bool is_below(const char *path, const char *directory) {
  size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
  return strncmp(path, directory, n) == 0 && path[n] == '/' && path[n + 1] != 0;
}

int sj_stay_in_sight(struct sj_context *c, const struct sj_op *op, const char *path, int target, bool by_link) {
  if (!(op->flags & SJ_IN_SIGHT) || (!by_link && c->led == NULL))
    return 0;
  const char *place = path;
  if (by_link) {
    const struct sj_led *led = remember(c, op, path, target);
    if (led == NULL)
      return -1;
    place = led->place;
  }
  for (const struct sj_op *earlier = c->plan->section[SJ_SETUP]; earlier < op; earlier++) {
    bool led;
    if (!(earlier->flags & SJ_IN_SIGHT) || (earlier->code != SJ_OP_BIND && earlier->code != SJ_OP_MOUNT))
      continue;
    const char *other = place_of(c, earlier, &led);
    if ((led || by_link) && is_below(other, place)) {
      errno = EEXIST;
      return sj_fail(c, "order", text_of(earlier));
    }
  }
  return 0;
}
