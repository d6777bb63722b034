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
#include "kernel/process_tree.h"
#include "kernel/procfs.h"
#include "kernel/syscalls.h"
#include "program/attributes.h"
#include "program/cgroup_join.h"
#include "program/exec.h"
#include "program/tracer.h"
#include "program/warm.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/layers.h"
#include "setup/network.h"
#include "setup/operations.h"

/* A further process of the sandbox, from SJ_EXEC. */
struct extra {
  struct extra *next;
  pid_t pid;
  uint64_t id;
  uint64_t started;
};

struct sj_supervisor {
  struct sj_context *c;
  struct sj_payload main;
  struct extra *extras;
  int signals;
  int sync; /* gives a byte, or descriptors, once the id maps are written; -1 without */
  bool paused; /* nothing of the sandbox's own runs yet */
  bool parked; /* the main process awaits its program, or has got it */
  bool main_gone;
  bool ending; /* everything is being ended: who asked for that waits for the supervisor too */
};

/* What passed through the devices of this network namespace; "" if it can't be read. */
static void read_network(const struct sj_context *c, char text[SJ_NETWORK_TEXT]) {
  text[0] = 0;
  int fd = openat(c->proc, "self/net/dev", O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && !sj_read_text(fd, text, SJ_NETWORK_TEXT))
    text[0] = 0;
  if (fd >= 0)
    close(fd);
}

static void tell_exit(struct sj_supervisor *s, uint16_t type, uint64_t id, uint64_t started, int status, const struct rusage *usage) {
  static uint8_t body[SJ_NETWORK_TEXT + 256];
  static char network[SJ_NETWORK_TEXT];
  struct sj_writer w = {body, sizeof body, 0, false};
  network[0] = 0;
  if (id == s->c->id && (s->c->plan->flags & SJ_PLAN_COUNT_NETWORK))
    read_network(s->c, network);
  sj_put_exit(&w, status, sj_now() - started, usage);
  sj_put_str(&w, network);
  /* If the launcher is gone there is nobody to tell. */
  (void)sj_send(s->c->control, type, id, body, w.length, NULL, 0);
}

static bool childless(void) {
  siginfo_t info;
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static void tell_main_exit(struct sj_supervisor *s, int status) {
  struct rusage all;
  bool alone = !s->ending && (s->c->plan->flags & SJ_PLAN_PROMPT) && childless();
  getrusage(RUSAGE_CHILDREN, &all);
  tell_exit(s, alone ? SJ_EXITED_ALONE : SJ_EXITED, s->c->id, s->main.started, status, &all);
}

static int tell_payload(struct sj_context *c, uint16_t type, const struct sj_payload *p, int inside) {
  size_t size = 64 + (size_t)c->trace->capacity * 16;
  uint8_t *body = malloc(size);
  if (body == NULL)
    return sj_fail(c, "malloc", "");
  struct sj_writer w = {body, size, 0, false};
  uint32_t n = c->trace->count;
  /* What the launcher calls it, as long as it is there to be looked for; it puts in the other one, and looks for this one itself. */
  sj_put_u32(&w, type == SJ_STARTED && p->pidfd >= 0 ? (uint32_t)sj_pidfd_pid_in(c->proc, p->pidfd) : 0);
  sj_put_u32(&w, 0);
  sj_put_u32(&w, (uint32_t)inside);
  sj_put_u64(&w, p->started - c->received);
  sj_put_u32(&w, n);
  for (uint32_t i = 0; i < n; i++) {
    const struct sj_step *step = &c->trace->step[i];
    sj_put_u16(&w, step->section);
    sj_put_u16(&w, step->opcode);
    sj_put_u32(&w, step->index);
    sj_put_u64(&w, step->ns);
  }
  int fds[2];
  uint32_t nfds = 0;
  if (p->pidfd >= 0)
    fds[nfds++] = p->pidfd;
  if (p->master >= 0)
    fds[nfds++] = p->master;
  int result = sj_send(c->control, type, c->id, body, w.length, fds, nfds);
  free(body);
  for (uint32_t i = 0; i < nfds; i++)
    close(fds[i]);
  return result;
}

static void reap(struct sj_supervisor *s) {
  for (;;) {
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0)
      return;
    if (pid == s->main.pid) {
      s->main_gone = true;
      if (s->parked && (s->c->trace->went == 0 || s->c->trace->failed))
        continue; /* no program was executed: why is told, or is that everything ends */
      if (s->parked)
        s->main.started = s->c->trace->went;
      tell_main_exit(s, status);
      continue;
    }
    for (struct extra **at = &s->extras; *at != NULL; at = &(*at)->next) {
      struct extra *e = *at;
      if (e->pid != pid)
        continue;
      tell_exit(s, SJ_EXITED, e->id, e->started, status, &usage);
      *at = e->next;
      free(e);
      break;
    }
  }
}

/*
 * Ends everything below. As pid 1 it is enough to end oneself; otherwise kill what /proc shows until no child is left: orphans come
 * to this sub-reaper, so that nothing below can leave the tree. Between two rounds the wait ends with the next death.
 */
_Noreturn static void finish(struct sj_supervisor *s) {
  s->ending = true;
  if (!(s->c->plan->flags & SJ_PLAN_INIT)) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    const struct timespec soon = {0, 20000000};
    for (reap(s); !childless(); reap(s)) {
      if (sj_kill_descendants(s->c->proc, getpid(), NULL) <= 0 && s->main.pid > 0 && !s->main_gone)
        kill(s->main.pid, SIGKILL);
      sigtimedwait(&child, NULL, &soon);
    }
  }
  _exit(0);
}

static void exec_more(struct sj_supervisor *s, struct sj_message *m) {
  struct sj_reader r;
  struct sj_start start;
  struct sj_context c = *s->c;
  struct sj_payload p;
  struct extra *e = malloc(sizeof *e);
  c.id = m->head.id;
  c.start = &start;
  c.trace = NULL;
  c.further = true;
  c.received = sj_now();
  sj_at(&c, SJ_IN_REQUEST, 0, 0);
  sj_reader_init(&r, m->body, m->head.length);
  (void)sj_u64(&r);
  if (e == NULL || r.bad || !sj_decode_start(r.at, (size_t)(r.end - r.at), &start)) {
    errno = e == NULL ? ENOMEM : EPROTO;
    sj_fail(&c, "decode", "exec request");
    free(e);
    return;
  }
  bool fits = start.nfds == m->nfds && (s->paused || !(start.flags & SJ_START_PLAIN));
  if (!fits || sj_new_trace(&c) != 0) {
    errno = fits ? errno : EPROTO;
    sj_fail(&c, "exec", "request");
    free(e);
  } else {
    memcpy(c.fds, m->fds, sizeof c.fds);
    if (sj_start_payload(&c, &p) == 0) {
      *e = (struct extra){s->extras, p.pid, c.id, p.started};
      s->extras = e;
      tell_payload(&c, SJ_STARTED, &p, p.pid);
    } else {
      free(e);
    }
    sj_free_trace(&c);
  }
  sj_free_start(&start);
}

static void serve(struct sj_supervisor *s) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  switch (sj_receive(s->c->control, buffer, &m)) {
  case SJ_GOT_MESSAGE:
    if (m.head.type == SJ_EXEC)
      exec_more(s, &m);
    else if (m.head.type == SJ_KILL)
      finish(s);
    break;
  case SJ_GOT_END:
    finish(s);
  case SJ_GOT_NOTHING:
  case SJ_GOT_GARBAGE:
  default:
    break;
  }
  sj_free_message(&m);
}

/* Signals sent to the supervisor from outside are meant for the program. */
static void take_signal(struct sj_supervisor *s) {
  struct signalfd_siginfo info;
  while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    int sig = (int)info.ssi_signo;
    if (sig != SIGCHLD && sig != SIGPIPE && !s->main_gone && s->main.pid > 0)
      kill(s->main.pid, sig);
  }
}

_Noreturn static void supervise(struct sj_supervisor *s) {
  struct pollfd wait[2] = {{s->c->control, POLLIN, 0}, {s->signals, POLLIN, 0}};
  for (;;) {
    reap(s);
    if (s->main_gone)
      finish(s);
    if (poll(wait, 2, -1) < 0 && errno != EINTR)
      finish(s);
    if (wait[1].revents != 0)
      take_signal(s);
    if (wait[0].revents != 0)
      serve(s);
  }
}

/* Runs what SJ_EXEC asks for meanwhile. False when there is nothing to wait for any more. */
static bool await(struct sj_supervisor *s, uint16_t type, struct sj_message *m) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct pollfd wait[2] = {{s->c->control, POLLIN, 0}, {s->signals, POLLIN, 0}};
  for (;;) {
    reap(s);
    if (s->main_gone)
      return false;
    if (poll(wait, 2, -1) < 0 && errno != EINTR)
      return false;
    if (wait[1].revents != 0)
      take_signal(s);
    if (wait[0].revents == 0)
      continue;
    if (sj_receive(s->c->control, buffer, m) != SJ_GOT_MESSAGE)
      return false; /* there is nobody to ask any more */
    if (m->head.type == type && (type != SJ_GO || m->body != NULL))
      return true;
    if (m->head.type != SJ_EXEC)
      return false;
    exec_more(s, m);
    sj_free_message(m);
  }
}

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
  bool resumed = await(c->supervisor, SJ_RESUME, &m);
  c->supervisor->paused = false;
  sj_free_message(&m);
  if (!resumed)
    finish(c->supervisor);
  return 0;
}

static int program_pid(const struct sj_context *c, const struct sj_payload *p) {
  return c->plan->flags & SJ_PLAN_PAYLOAD_PID ? 1 : (int)p->pid;
}

/* Everything is there but the program. Returns with what to run, or ends. */
static void await_go(struct sj_supervisor *s) {
  static struct sj_message m;
  static struct sj_start start;
  struct sj_context *c = s->c;
  s->parked = c->start->flags & SJ_START_PARK;
  if (s->parked && sj_park(c, &s->main) != 0)
    finish(s);
  sj_at(c, SJ_IN_REQUEST, 0, 0);
  int told = s->parked ? tell_payload(c, SJ_READY, &s->main, program_pid(c, &s->main)) : sj_send(c->control, SJ_READY, c->id, NULL, 0, NULL, 0);
  if (told != 0)
    finish(s);
  if (!await(s, SJ_GO, &m))
    finish(s);
  /* Of a program that the parked process can't run there is another. */
  if (s->parked) {
    kill(s->main.pid, SIGKILL);
    while (waitpid(s->main.pid, NULL, 0) < 0 && errno == EINTR)
      ;
    s->main.pid = -1;
    s->parked = false;
  }
  c->received = sj_now();
  sj_restart_trace(c);
  if (!sj_decode_start(m.body, m.head.length, &start) || start.nfds != m.nfds) {
    errno = EPROTO;
    sj_fail(c, "decode", "start request");
    finish(s);
  }
  memcpy(c->fds, m.fds, sizeof c->fds);
  c->start = &start;
}

/* ---------------------------------------------------------------- the steps of a set-up */

/* Who waits for the end of a socket must not hold the other end of it, nor anything of another sandbox. */
static int keep_own_descriptors(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  int keep[2 * SJ_FDS_MAX + SJ_SLOTS_MAX + 8];
  unsigned n = 0;
  if (c->launcher_end >= 0)
    close(c->launcher_end);
  if (sj_raise(&c->control) != 0 || sj_raise(&c->proc) != 0 || sj_raise(&s->sync) != 0)
    return sj_fail(c, "fcntl(F_DUPFD)", "");
  keep[n++] = c->control;
  keep[n++] = c->proc;
  keep[n++] = s->sync;
  for (uint32_t i = 0; i < c->start->nfds; i++)
    keep[n++] = c->fds[i];
  for (uint32_t i = 0; i < c->nplan_fds && i < SJ_FDS_MAX; i++)
    keep[n++] = c->plan_fds[i];
  for (uint32_t i = 0; i < SJ_SLOTS_MAX; i++)
    if (c->slots[i] >= 0)
      keep[n++] = c->slots[i];
  if (sj_close_others(c->proc, 3, keep, n) != 0)
    return sj_fail(c, "close_range", "");
  sj_at(c, SJ_IN_CLONE, 0, 1); /* not before: it may be told to end here, and wait for that at the socket */
  sj_done(c);
  return 0;
}

static int begin_network(struct sj_supervisor *s) {
  return sj_begin_network(s->c);
}

static int enter_namespaces(struct sj_supervisor *s) {
  uint64_t later = s->c->plan->clone_flags & SJ_CLONE_LATER;
  sj_at(s->c, SJ_IN_CLONE, 0, 4);
  return later == 0 || unshare((int)later) == 0 ? 0 : sj_fail(s->c, "unshare", "");
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

static int open_root(struct sj_supervisor *s) {
  s->c->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (s->c->root < 0)
    return sj_fail(s->c, "open", "/");
  sj_done(s->c);
  return 0;
}

static int run_outer_section(struct sj_supervisor *s) {
  bool done = (s->c->plan->flags & SJ_PLAN_STAGE) || s->c->templated;
  return done ? 0 : sj_run_section(s->c, SJ_OUTER);
}

/* Nothing so far needed a mapped id: whoever writes the maps was doing so meanwhile. If that has failed, it has said so. */
static int await_id_maps(struct sj_supervisor *s) {
  char byte;
  if (s->sync < 0)
    return 0;
  int result = sj_awaits_layers(s->c) ? sj_take_layers(s->c, s->sync) : read(s->sync, &byte, 1) == 1 ? 0 : -1;
  if (result == 0)
    close(s->sync);
  return result;
}

static int run_set_up_section(struct sj_supervisor *s) {
  int result = sj_run_section(s->c, SJ_SETUP);
  if (s->c->sysctl >= 0)
    close(s->c->sysctl);
  s->c->sysctl = -1;
  return result;
}

static int begin_tracer(struct sj_supervisor *s) {
  return sj_begin_observer(s->c);
}

static int bound_capabilities(struct sj_supervisor *s) {
  return sj_bound_capabilities(s->c);
}

static int give_programs_a_pid_namespace(struct sj_supervisor *s) {
  sj_at(s->c, SJ_IN_FORK, 0, 1);
  bool wanted = s->c->plan->flags & SJ_PLAN_PAYLOAD_PID;
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
    keep_own_descriptors,
    begin_network,      /* first what takes longest, beside which the rest goes on */
    enter_namespaces,   /* those that it need not be born in */
    become_reaper,      /* session; pid 1, or the one to whom orphans come */
    take_signals,       /* by descriptor: they are meant for the program */
    open_root,          /* what host paths are looked up from */
    run_outer_section,  /* unless the outer helper or the template has done so */
    await_id_maps,      /* with them the layers of an overlay, in a clone of a template */
    run_set_up_section, /* the new root, names, ids: the plan's SETUP */
    begin_tracer,
    bound_capabilities, /* for all programs at once */
    give_programs_a_pid_namespace,
    await_network, /* its helper has ended, the loopback device is up */
    await_cgroups, /* the launcher has made them */
    hide,          /* hostile code may run beside us from here on: it must not trace, read or reopen anything of this process */
};

_Noreturn static void start_and_supervise(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  if (c->start->flags & SJ_START_WAIT)
    await_go(s);
  if (sj_start_payload(c, &s->main) != 0)
    finish(s);
  sj_release_observer(c);
  bool probe = c->start->flags & SJ_START_PROBE;
  int inside = program_pid(c, &s->main);
  if (probe)
    s->main.pid = -1;
  sj_fault_late(c->control);
  if (tell_payload(c, SJ_STARTED, &s->main, probe ? 0 : inside) != 0)
    finish(s);
  for (uint32_t i = 0; i < c->start->nfds; i++)
    close(c->fds[i]);
  if (probe)
    finish(s);
  sj_at(c, SJ_IN_EXEC, 0, 1);
  supervise(s);
}

_Noreturn void sj_supervise(struct sj_context *c, int sync) {
  static struct sj_supervisor s;
  s = (struct sj_supervisor){.c = c, .main = {.pid = -1}, .sync = sync, .signals = -1};
  c->supervisor = &s;
  c->pause = pause_here;
  for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (steps[i](&s) != 0)
      _exit(1);
  start_and_supervise(&s);
}
