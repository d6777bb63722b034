#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/hooks.h"
#include "runtime/log.h"
#include "runtime/status.h"

enum { PATIENCE_MS = 10000 };

static const struct {
  const char *name;
  int number;
} signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT},   {"ILL", SIGILL},   {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
    {"IOT", SIGABRT},  {"BUS", SIGBUS},       {"FPE", SIGFPE},     {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2}, {"PIPE", SIGPIPE},     {"ALRM", SIGALRM},   {"TERM", SIGTERM}, {"CHLD", SIGCHLD}, {"CLD", SIGCHLD},
    {"CONT", SIGCONT}, {"STOP", SIGSTOP},     {"TSTP", SIGTSTP},   {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"URG", SIGURG},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},     {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH}, {"IO", SIGIO},
    {"POLL", SIGIO},   {"PWR", SIGPWR},       {"SYS", SIGSYS},     {"STKFLT", 16},
};

/* By number, or by name with or without SIG; those of real time as RTMIN+N and RTMAX-N. 0 for none. */
static int signal_of(const char *text) {
  enum { FIRST = 34, LAST = 64 };
  char *end;
  long number = strtol(text, &end, 10);
  if (end != text && *end == 0)
    return number > 0 && number <= SJ_SIGNAL_MAX ? (int)number : 0;
  if (strncasecmp(text, "SIG", 3) == 0)
    text += 3;
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (strcasecmp(text, signals[i].name) == 0)
      return signals[i].number;
  bool low = strncasecmp(text, "RTMIN", 5) == 0, high = strncasecmp(text, "RTMAX", 5) == 0;
  if (!low && !high)
    return 0;
  number = text[5] == 0 ? 0 : strtol(text + 5, &end, 10);
  bool well = text[5] == 0 || (*end == 0 && text[5] == (low ? '+' : '-'));
  number += low ? FIRST : LAST;
  return well && number >= FIRST && number <= LAST ? (int)number : 0;
}

int sj_kill(const struct sj_command *o) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0)
    return 1;
  int sig = signal_of(o->signal == NULL ? "TERM" : o->signal);
  if (sig == 0)
    return sj_error("unknown signal \"%s\"", o->signal), 1;
  if (o->all)
    return sj_cgroups_signal(&c, sig) == 0 ? 0 : 1;
  int process = sj_container_pidfd(&c);
  if (process < 0 || !c.state.created)
    return sj_error("container not running"), 1;
  if (sj_pidfd_send_signal(process, sig) != 0)
    return sj_error("signal the container's process: %s", errno == ESRCH ? "container not running" : sj_reason(errno)), 1;
  if (sig == SIGKILL)
    sj_cgroups_thaw_v1(&c);
  /* Without a pid namespace of its own nothing ends the others with it. */
  bool own = c.compiled.flags & SJ_COMPILED_OWN_PID_NAMESPACE;
  return sig == SIGKILL && !own && sj_cgroups_signal(&c, sig) != 0;
}

static void end_process(const struct sj_container *c) {
  int process = sj_container_pidfd(c);
  struct pollfd end = {process, POLLIN, 0};
  if (process < 0)
    return;
  (void)sj_pidfd_send_signal(process, SIGKILL);
  (void)poll(&end, 1, PATIENCE_MS);
  close(process);
}

int sj_delete_container(struct sj_container *c) {
  char why[SJ_HOOK_WORDS];
  sj_fault_launcher(c->state.pid);
  end_process(c);
  sj_fault_launcher(c->state.pid);
  if (sj_cgroups_end(c) != 0)
    return -1;
  sj_fault_launcher(c->state.pid);
  end_process(c); /* it was frozen */
  if (sj_is_alive(c))
    return sj_error("the process of container \"%s\" does not end", c->id);
  if (c->has_compiled && c->has_state) {
    char *json = sj_state_json(c, SJ_STOPPED, 0, false);
    (void)sj_run_hooks(&c->compiled, SJ_POSTSTOP, json, c->compiled.bundle, NULL, true, why); /* what has failed was said */
    free(json);
  }
  sj_fault_launcher(c->state.pid);
  return sj_container_remove(c);
}

int sj_delete(const struct sj_command *o) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, o->force) != 0)
    return o->force && errno == ENOENT ? 0 : 1;
  if (sj_container_lock(&c) != 0)
    return 1;
  enum sj_status status = sj_container_status(&c);
  if (!o->force && status != SJ_STOPPED && status != SJ_CREATED)
    return sj_error("cannot delete container %s that is not stopped: %s", c.id, sj_status_name(status)), 1;
  return sj_delete_container(&c) == 0 ? 0 : 1;
}
