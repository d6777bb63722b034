#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "protocol/transport.h"
#include "runtime/command.h"
#include "runtime/hooks.h"
#include "runtime/log.h"
#include "runtime/status.h"

/* The gate closes with the execve, and with an end. What has failed is said before. */
static int pass_gate(struct sj_container *c) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  int gate = sj_gate_connect(c);
  sj_fault_launcher(c->state.pid);
  if (gate < 0 || sj_send(gate, SJ_RUN, 0, NULL, 0, NULL, 0) != 0)
    return sj_error("the container's process does not wait: %s", sj_reason(errno));
  sj_fault_launcher(c->state.pid);
  enum sj_received got = sj_receive(gate, buffer, &m);
  sj_fault_launcher(c->state.pid);
  if (got == SJ_GOT_MESSAGE)
    sj_say_failure(c, "unable to start container process", &m);
  close(gate);
  return got == SJ_GOT_END ? 0 : -1;
}

static int refuse(enum sj_status status) {
  switch (status) {
  case SJ_STOPPED:
    return sj_error("cannot start a container that has stopped");
  case SJ_RUNNING:
    return sj_error("cannot start an already running container");
  default:
    return sj_error("cannot start a container in the %s state", sj_status_name(status));
  }
}

int sj_start_container(struct sj_container *c) {
  char why[SJ_HOOK_WORDS];
  enum sj_status status = sj_container_status(c);
  if (status != SJ_CREATED)
    return refuse(status);
  if (pass_gate(c) != 0)
    return -1;
  char *json = sj_state_json(c, SJ_RUNNING, c->state.pid, false);
  int result = sj_run_hooks(&c->compiled, SJ_POSTSTART, json, c->compiled.bundle, NULL, false, why);
  free(json);
  sj_fault_launcher(c->state.pid);
  if (result == 0)
    return 0;
  int process = sj_container_pidfd(c);
  if (process >= 0 && sj_pidfd_send_signal(process, SIGKILL) == 0)
    sj_debug("ended for its hook");
  if (process >= 0)
    close(process);
  return sj_error("%s", why);
}

int sj_start(const struct sj_command *o) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0 || sj_container_lock(&c) != 0)
    return 1;
  sj_fault_launcher(c.state.pid);
  return sj_start_container(&c) == 0 ? 0 : 1;
}

/* ---------------------------------------------------------------- run */

static volatile sig_atomic_t of;

static void forward(int sig) {
  (void)kill((pid_t)of, sig);
}

static void forward_signals(pid_t pid) {
  struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
  of = pid;
  sigfillset(&action.sa_mask);
  for (int sig = 1; sig <= SJ_SIGNAL_MAX; sig++)
    if (sig != SIGCHLD && sig != SIGPIPE && sig != SIGKILL && sig != SIGSTOP && sig != SIGURG && sig != SIGTTIN && sig != SIGTTOU && sig != SIGTSTP)
      (void)sigaction(sig, &action, NULL);
}

static int await_end(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sj_run(const struct sj_command *o) {
  struct sj_container c;
  if (sj_create_container(o, &c) != 0)
    return 1;
  forward_signals(c.state.pid);
  int result = sj_start_container(&c);
  if (result == 0 && o->detach)
    return 0;
  if (result != 0)
    (void)kill(c.state.pid, SIGKILL);
  int status = await_end(c.state.pid);
  if (o->keep && result == 0)
    return status;
  return sj_delete_container(&c) == 0 && result == 0 ? status : 1;
}
