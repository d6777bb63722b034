#define _GNU_SOURCE
#include "setup/id_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/id_mapper.h"
#include "kernel/procfs.h"
#include "kernel/syscalls.h"

static int write_map(struct sj_context *c, pid_t pid, const char *file, const char *value) {
  char path[64];
  snprintf(path, sizeof path, "%d/%s", (int)pid, file);
  if (value[0] == 0 || sj_write_proc(c->proc, path, value) == 0)
    return 0;
  return sj_fail(c, "write", path);
}

/* newuidmap PID ...: a setuid program that checks /etc/subuid. What it says goes into the next line of what failed. */
static int run_helper(struct sj_context *c, const struct sj_strv *command, pid_t pid) {
  char said[256], what[512];
  int status = sj_run_mapper(command->items[0], command->items + 1, command->count - 1, pid, said, sizeof said);
  if (status == 0)
    return 0;
  snprintf(what, sizeof what, "%.200s%s%s", command->items[0], said[0] != 0 ? "\n" : "", said);
  errno = EPERM;
  return sj_fail_detail(c, "exec", what, (uint64_t)(unsigned)status);
}

int sj_write_maps(struct sj_context *c, pid_t pid) {
  const struct sj_start *s = c->start;
  sj_at(c, SJ_IN_IDMAP, 0, 0);
  int result = 0;
  if (s->map_mode == SJ_MAP_HELPER) {
    result = run_helper(c, &s->uid_command, pid) == 0 && run_helper(c, &s->gid_command, pid) == 0 ? 0 : -1;
  } else if (s->map_mode != SJ_MAP_NONE) {
    if (s->map_mode == SJ_MAP_WRITE_DENY && write_map(c, pid, "setgroups", "deny") != 0)
      result = -1;
    else if (write_map(c, pid, "uid_map", s->uid_map) != 0 || write_map(c, pid, "gid_map", s->gid_map) != 0)
      result = -1;
  }
  if (result == 0)
    sj_done(c);
  return result;
}

static bool from_zero(const char *map, char out[SJ_MAP_TEXT]) {
  unsigned long inside, outside, count;
  if (sscanf(map, "%lu %lu %lu", &inside, &outside, &count) != 3 || strchr(map, '\n') != map + strlen(map) - 1)
    return false;
  snprintf(out, SJ_MAP_TEXT, "0 %lu %lu\n", outside, count);
  return true;
}

int sj_disk_maps(struct sj_context *c, char uid_map[SJ_MAP_TEXT], char gid_map[SJ_MAP_TEXT]) {
  if (c->start != NULL && from_zero(c->start->uid_map, uid_map) && from_zero(c->start->gid_map, gid_map))
    return 0;
  errno = EPROTO;
  return sj_fail(c, "decode", "id map");
}

int sj_map_namespace(struct sj_context *c, const char *uid_map, const char *gid_map) {
  struct sj_clone clone = {SJ_CLONE_NEWUSER, -1};
  int hold[2];
  if (pipe2(hold, O_CLOEXEC) != 0)
    return sj_fail(c, "pipe2", "id map");
  pid_t pid = sj_clone(&clone);
  if (pid == 0) {
    char byte;
    close(hold[1]);
    (void)!read(hold[0], &byte, 1); /* until the parent has what it wants, or is gone */
    _exit(0);
  }
  int saved = errno;
  close(hold[0]);
  errno = saved;
  int fd = -1;
  if (pid < 0) {
    sj_fail(c, "clone(CLONE_NEWUSER)", "id map");
  } else if (write_map(c, pid, "uid_map", uid_map) == 0 && write_map(c, pid, "gid_map", gid_map) == 0) {
    char path[64];
    snprintf(path, sizeof path, "%d/ns/user", (int)pid);
    fd = openat(c->proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      sj_fail(c, "open", path);
  }
  close(hold[1]);
  if (clone.pidfd >= 0)
    close(clone.pidfd);
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return fd;
}
