#define _GNU_SOURCE
#include "setup/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "program/attributes.h"
#include "program/cgroup_join.h"
#include "program/exec.h"
#include "program/tracer.h"
#include "program/warm.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/init.h"
#include "setup/network.h"
#include "setup/steps.h"

static int pause_here(struct sj_context *c, const struct sj_op *op) {
  uint8_t body[8];
  struct sj_message m;
  struct sj_writer w = {body, sizeof body, 0, false};
  /* Whatever comes next is for whom we wait for. */
  if (sj_cgroup_wait(c) != 0)
    return -1;
  sj_at(c, SJ_IN_SETUP, op->code, c->index);
  sj_put_u32(&w, (uint32_t)op->num[0]);
  sj_put_u32(&w, 0); /* the launcher puts in what it calls this process */
  if (sj_send(c->control, SJ_PAUSED, c->id, body, w.length, NULL, 0) != 0)
    return sj_fail(c, "send", "");
  c->supervisor->paused = true;
  bool resumed = sj_await_message(c->supervisor, SJ_RESUME, &m);
  c->supervisor->paused = false;
  sj_free_message(&m);
  if (!resumed)
    sj_end_all(c->supervisor);
  return 0;
}

static int program_pid(const struct sj_context *c, const struct sj_program *p) {
  return c->plan->flags & SJ_PLAN_PROGRAM_PID ? 1 : (int)p->pid;
}

/* Everything is there but the program. Returns with what to run, or ends. */
static void await_run(struct sj_supervisor *s) {
  static struct sj_message m;
  static struct sj_start start;
  struct sj_context *c = s->c;
  s->warm = c->start->flags & SJ_START_WARM;
  if (s->warm && sj_start_warm(c, &s->main) != 0)
    sj_end_all(s);
  sj_at(c, SJ_IN_REQUEST, 0, 0);
  int reported = s->warm ? sj_report_program(c, SJ_READY, &s->main, program_pid(c, &s->main)) : sj_send(c->control, SJ_READY, c->id, NULL, 0, NULL, 0);
  if (reported != 0)
    sj_end_all(s);
  if (!sj_await_message(s, SJ_RUN, &m))
    sj_end_all(s);
  /* Of a program that the warm process can't run there is another. */
  if (s->warm) {
    kill(s->main.pid, SIGKILL);
    while (waitpid(s->main.pid, NULL, 0) < 0 && errno == EINTR)
      ;
    s->main.pid = -1;
    s->warm = false;
  }
  c->received = sj_now();
  sj_restart_trace(c);
  if (!sj_decode_start(m.body, m.head.length, &start) || start.nfds != m.nfds) {
    errno = EPROTO;
    sj_fail(c, "decode", "start request");
    sj_end_all(s);
  }
  memcpy(c->fds, m.fds, sizeof c->fds);
  c->start = &start;
}

/* ---------------------------------------------------------------- the steps that are the supervisor's alone */

static int begin_network(struct sj_supervisor *s) {
  return sj_begin_network(s->c);
}

static int become_reaper(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  prctl(PR_SET_NAME, "sandjar-init", 0, 0, 0);
  if (setsid() < 0)
    return sj_fail(c, "setsid", "");
  if (c->plan->flags & SJ_PLAN_INIT) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
      return sj_fail(c, "prctl(PR_SET_PDEATHSIG)", "");
  } else if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    return sj_fail(c, "prctl(PR_SET_CHILD_SUBREAPER)", "");
  }
  /* The signal comes only for deaths from now on; an earlier one has closed the socket. */
  struct pollfd end = {c->control, 0, 0};
  return poll(&end, 1, 0) == 0 ? 0 : -1;
}

static int take_signals(struct sj_supervisor *s) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  s->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  return s->signals >= 0 && sj_raise(&s->signals) == 0 ? 0 : sj_fail(s->c, "signalfd", "");
}

static int begin_tracer(struct sj_supervisor *s) {
  return sj_begin_tracer(s->c);
}

static int bound_capabilities(struct sj_supervisor *s) {
  return sj_bound_capabilities(s->c);
}

static int give_programs_a_pid_namespace(struct sj_supervisor *s) {
  sj_at(s->c, SJ_IN_FORK, 0, 1);
  bool wanted = s->c->plan->flags & SJ_PLAN_PROGRAM_PID;
  return !wanted || unshare(SJ_CLONE_NEWPID) == 0 ? 0 : sj_fail(s->c, "unshare(CLONE_NEWPID)", "");
}

static int await_network(struct sj_supervisor *s) {
  return sj_end_network(s->c);
}

static int await_cgroups(struct sj_supervisor *s) {
  return sj_cgroup_wait(s->c);
}

static int hide(struct sj_supervisor *s) {
  bool hidden = sj_raise(&s->c->root) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  return hidden ? 0 : sj_fail(s->c, "prctl(PR_SET_DUMPABLE)", "");
}

/*
 * The order, from the clone to the program. Each step returns 0, or -1 after it has said what has failed (sj_fail names step, system
 * call, path and errno): then this process ends, and with it what it has made.
 */
static int (*const steps[])(struct sj_supervisor *) = {
    sj_keep_own_descriptors,
    begin_network,      /* first what takes longest, beside which the rest goes on */
    sj_enter_namespaces,   /* those that it need not be born in */
    become_reaper,      /* session; pid 1, or the one to whom orphans come */
    take_signals,       /* by descriptor: they are meant for the program */
    sj_open_root,          /* what host paths are looked up from */
    sj_run_outer_section,  /* unless the outer helper or the template has done so */
    sj_await_id_maps,      /* with them the layers of an overlay, in a clone of a template */
    sj_run_set_up_section, /* the new root, names, ids: the plan's SETUP */
    begin_tracer,
    bound_capabilities, /* for all programs at once */
    give_programs_a_pid_namespace,
    await_network, /* its helper has ended, the loopback device is up */
    await_cgroups, /* the launcher has made them */
    hide,          /* hostile code may run beside us from here on: it must not trace, read or reopen anything of this process */
};

_Noreturn static void start_and_run_init(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  if (c->start->flags & SJ_START_PREPARE)
    await_run(s);
  if (sj_start_program(c, &s->main) != 0)
    sj_end_all(s);
  sj_release_tracer(c);
  bool probe = c->start->flags & SJ_START_PROBE;
  int inside = program_pid(c, &s->main);
  if (probe)
    s->main.pid = -1;
  sj_fault_late(c->control);
  if (sj_report_program(c, SJ_STARTED, &s->main, probe ? 0 : inside) != 0)
    sj_end_all(s);
  for (uint32_t i = 0; i < c->start->nfds; i++)
    close(c->fds[i]);
  if (probe)
    sj_end_all(s);
  sj_at(c, SJ_IN_EXEC, 0, 1);
  sj_run_init(s);
}

_Noreturn void sj_supervise(struct sj_context *c, int sync) {
  static struct sj_supervisor s;
  s = (struct sj_supervisor){.c = c, .main = {.pid = -1}, .sync = sync, .signals = -1};
  c->supervisor = &s;
  c->pause = pause_here;
  for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (steps[i](&s) != 0)
      _exit(1);
  start_and_run_init(&s);
}
