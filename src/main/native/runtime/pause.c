#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/log.h"
#include "runtime/status.h"

static int change(const struct sj_command *o, bool on) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0 || sj_container_lock(&c) != 0)
    return 1;
  enum sj_status status = sj_container_status(&c);
  if (on && status != SJ_RUNNING && status != SJ_CREATED)
    return sj_error("container not running or created: %s", sj_status_name(status)), 1;
  if (!on && status != SJ_PAUSED_STATUS)
    return sj_error("container not paused"), 1;
  return sj_cgroups_freeze(&c, on) == 0 ? 0 : 1;
}

int sj_pause(const struct sj_command *o) {
  return change(o, true);
}

int sj_resume(const struct sj_command *o) {
  return change(o, false);
}

static bool as_json, first = true;

static void print(long pid) {
  printf(as_json ? "%s%ld" : "%s%ld\n", as_json && !first ? "," : "", pid);
  first = false;
}

int sj_ps(const struct sj_command *o) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0)
    return 1;
  as_json = o->json;
  fputs(as_json ? "[" : "PID\n", stdout);
  bool known = sj_cgroups_list(&c, print);
  if (as_json)
    puts("]");
  return known ? 0 : (sj_error("the container has no cgroup to be asked for its processes"), 1);
}
