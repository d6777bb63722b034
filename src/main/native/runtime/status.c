#define _GNU_SOURCE
#include "runtime/status.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cgroups.h"
#include "runtime/json.h"

enum sj_status sj_container_status(const struct sj_container *c) {
  if (!c->has_state || !c->state.created)
    return SJ_CREATING;
  if (!sj_is_alive(c))
    return SJ_STOPPED;
  if (sj_cgroups_frozen(c))
    return SJ_PAUSED_STATUS;
  int gate = sj_gate_connect(c);
  if (gate < 0)
    return SJ_RUNNING;
  close(gate);
  return SJ_CREATED;
}

const char *sj_status_name(enum sj_status status) {
  static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};
  return names[status];
}

char *sj_state_json(const struct sj_container *c, enum sj_status status, pid_t pid, bool full) {
  struct sj_json j;
  const struct sj_compiled *of = &c->compiled;
  char when[32];
  struct tm parts;
  time_t at = (time_t)c->state.at;
  sj_json_begin(&j);
  sj_json_raw(&j, "{\"ociVersion\":");
  sj_json_text(&j, c->has_compiled ? of->version : "");
  sj_json_raw(&j, ",\"id\":");
  sj_json_text(&j, c->id);
  sj_json_raw(&j, ",\"status\":");
  sj_json_text(&j, sj_status_name(status));
  if (status != SJ_STOPPED || full) {
    sj_json_raw(&j, ",\"pid\":");
    sj_json_number(&j, status == SJ_STOPPED ? 0 : pid);
  }
  sj_json_raw(&j, ",\"bundle\":");
  sj_json_text(&j, c->has_compiled ? of->bundle : "");
  if (full) {
    sj_json_raw(&j, ",\"rootfs\":");
    sj_json_text(&j, c->has_compiled ? of->rootfs : "");
    gmtime_r(&at, &parts);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    sj_json_raw(&j, ",\"created\":");
    sj_json_text(&j, when);
    sj_json_raw(&j, ",\"owner\":\"");
    sj_json_number(&j, c->state.owner);
    sj_json_raw(&j, "\"");
  }
  if (c->has_compiled && strcmp(of->annotations, "{}") != 0) {
    sj_json_raw(&j, ",\"annotations\":");
    sj_json_raw(&j, of->annotations);
  }
  sj_json_raw(&j, "}");
  return sj_json_end(&j);
}

bool sj_is_child(pid_t pid, pid_t helper) {
  siginfo_t unused;
  return pid > 0 && pid != helper && waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}
