#define _GNU_SOURCE
#include "cgroup/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/root.h"
#include "kernel/procfs.h"

enum { TEXT_SIZE = 8192 };

void sj_cgroup_name(uint64_t id, char name[SJ_CGROUP_NAME_SIZE]) {
  snprintf(name, SJ_CGROUP_NAME_SIZE, "s%llu", (unsigned long long)id);
}

int sj_cgroup_open(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, int flags) {
  char name[SJ_CGROUP_NAME_SIZE], path[SJ_CGROUP_NAME_SIZE + 256];
  if (g->paths != NULL)
    return openat(g->paths[hierarchy].base != NULL ? g->paths[hierarchy].leaf : -1, file, flags | O_CLOEXEC | O_NOFOLLOW);
  sj_cgroup_name(g->id, name);
  if (snprintf(path, sizeof path, "%s/%s", name, file) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return openat(sj_cgroup_root_directory(hierarchy), path, flags | O_CLOEXEC | O_NOFOLLOW);
}

/* The kernel takes a setting in one write, and tells in it what is wrong. */
int sj_cgroup_write(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, const char *text) {
  int fd = sj_cgroup_open(g, hierarchy, file, O_WRONLY);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, text, strlen(text));
  int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : 0;
}

const struct sj_op *sj_cgroup_find(const struct sj_cgroup *g, uint16_t code, uint32_t *at) {
  const struct sj_plan *plan = g->plan;
  for (uint32_t i = *at; plan != NULL && i < plan->count[SJ_CGROUP]; i++)
    if (plan->section[SJ_CGROUP][i].code == code) {
      *at = i + 1;
      return &plan->section[SJ_CGROUP][i];
    }
  return NULL;
}

static bool read_text(const struct sj_cgroup *g, const struct sj_op *op, char *text, size_t size) {
  int fd = sj_cgroup_open(g, op->num[0], op->str[0], O_RDONLY);
  text[0] = 0;
  if (fd < 0)
    return false;
  bool good = sj_read_text(fd, text, size);
  close(fd);
  return good;
}

void sj_cgroup_kill(const struct sj_cgroup *g) {
  uint32_t at = 0;
  for (const struct sj_op *op; (op = sj_cgroup_find(g, SJ_OP_CGROUP_KILL, &at)) != NULL;)
    (void)sj_cgroup_write(g, op->num[0], op->str[0], op->str[1]); /* absent where nothing was frozen; the processes are killed one by one too */
}

void sj_cgroup_read(const struct sj_cgroup *g, struct sj_writer *w) {
  char text[TEXT_SIZE];
  uint32_t at = 0, count = 0;
  size_t place = w->length;
  sj_put_u32(w, 0);
  for (const struct sj_op *op; (op = sj_cgroup_find(g, SJ_OP_CGROUP_READ, &at)) != NULL; count++) {
    (void)read_text(g, op, text, sizeof text);
    sj_put_str(w, w->size - w->length > strlen(text) + 1024 ? text : "");
  }
  sj_patch_u32(w, place, count);
}

uint64_t sj_cgroup_cpu_time(const struct sj_cgroup *g) {
  char text[TEXT_SIZE];
  uint32_t at = 0;
  const struct sj_op *op = sj_cgroup_find(g, SJ_OP_CGROUP_CPU, &at);
  if (op == NULL || !read_text(g, op, text, sizeof text))
    return 0;
  const char *key = op->str[1], *line = text;
  size_t n = strlen(key);
  while (n > 0 && (strncmp(line, key, n) != 0 || line[n] != ' ')) {
    line = strchr(line, '\n');
    if (line == NULL)
      return 0;
    line++;
  }
  return strtoull(line + n, NULL, 10) * op->num[1];
}
