#define _GNU_SOURCE
#include "setup/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process_tree.h"
#include "kernel/procfs.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "setup/channel.h"

/* An exec'd process of the sandbox: SJ_EXEC. */
struct sj_execed {
  struct sj_execed *next;
  pid_t pid;
  uint64_t id;
  uint64_t started;
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

static void report_exit(struct sj_supervisor *s, uint16_t type, uint64_t id, uint64_t started, int status, const struct rusage *usage) {
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

static void report_main_exit(struct sj_supervisor *s, int status) {
  struct rusage all;
  bool alone = !s->ending && (s->c->plan->flags & SJ_PLAN_PROMPT) && childless();
  getrusage(RUSAGE_CHILDREN, &all);
  report_exit(s, alone ? SJ_EXITED_ALONE : SJ_EXITED, s->c->id, s->main.started, status, &all);
}

int sj_report_program(struct sj_context *c, uint16_t type, const struct sj_program *p, int inside) {
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
      if (s->warm && (s->c->trace->executing_at == 0 || s->c->trace->failed))
        continue; /* no program was executed: why is reported, or is that everything ends */
      if (s->warm)
        s->main.started = s->c->trace->executing_at;
      report_main_exit(s, status);
      continue;
    }
    for (struct sj_execed **at = &s->execed; *at != NULL; at = &(*at)->next) {
      struct sj_execed *e = *at;
      if (e->pid != pid)
        continue;
      report_exit(s, SJ_EXITED, e->id, e->started, status, &usage);
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
_Noreturn void sj_end_all(struct sj_supervisor *s) {
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

static void start_execed(struct sj_supervisor *s, struct sj_message *m) {
  struct sj_reader r;
  struct sj_start start;
  struct sj_context c = *s->c;
  struct sj_program p;
  struct sj_execed *e = malloc(sizeof *e);
  c.id = m->head.id;
  c.start = &start;
  c.trace = NULL;
  c.execed = true;
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
    if (sj_start_program(&c, &p) == 0) {
      *e = (struct sj_execed){s->execed, p.pid, c.id, p.started};
      s->execed = e;
      sj_report_program(&c, SJ_STARTED, &p, p.pid);
    } else {
      free(e);
    }
    sj_free_trace(&c);
  }
  sj_free_start(&start);
}

/* Java waits for an answer to each. */
static void refuse_execed(const struct sj_supervisor *s, const struct sj_message *m) {
  struct sj_context c = *s->c;
  c.id = m->head.id;
  c.trace = NULL;
  sj_at(&c, SJ_IN_REQUEST, 0, 0);
  (void)sj_fail(&c, "recvmsg", "exec request");
}

static void serve(struct sj_supervisor *s) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  switch (sj_receive(s->c->control, buffer, &m)) {
  case SJ_GOT_MESSAGE:
    if (m.head.type == SJ_EXEC)
      start_execed(s, &m);
    else if (m.head.type == SJ_KILL)
      sj_end_all(s);
    break;
  case SJ_GOT_END:
    sj_end_all(s);
  case SJ_GOT_GARBAGE:
    if (m.head.type == SJ_EXEC)
      refuse_execed(s, &m);
    break;
  case SJ_GOT_NOTHING:
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

_Noreturn void sj_run_init(struct sj_supervisor *s) {
  struct pollfd wait[3] = {{s->c->control, POLLIN, 0}, {s->signals, POLLIN, 0}, {s->c->relay, POLLIN, 0}};
  for (;;) {
    reap(s);
    if (s->main_gone)
      sj_end_all(s);
    wait[2].fd = s->c->relay;
    if (poll(wait, 3, -1) < 0 && errno != EINTR)
      sj_end_all(s);
    if (wait[2].revents != 0)
      sj_serve_relay(s->c);
    if (wait[1].revents != 0)
      take_signal(s);
    if (wait[0].revents != 0)
      serve(s);
  }
}

bool sj_await_message(struct sj_supervisor *s, uint16_t type, struct sj_message *m) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct pollfd wait[3] = {{s->c->control, POLLIN, 0}, {s->signals, POLLIN, 0}, {-1, POLLIN, 0}};
  for (;;) {
    reap(s);
    if (s->main_gone)
      return false;
    wait[2].fd = s->c->relay;
    if (poll(wait, 3, -1) < 0 && errno != EINTR)
      return false;
    if (wait[2].revents != 0)
      sj_serve_relay(s->c);
    if (wait[1].revents != 0)
      take_signal(s);
    if (wait[0].revents == 0)
      continue;
    enum sj_received got = sj_receive(s->c->control, buffer, m);
    if (got == SJ_GOT_GARBAGE && m->head.type == SJ_EXEC) {
      refuse_execed(s, m);
      sj_free_message(m);
      continue;
    }
    if (got == SJ_GOT_GARBAGE)
      (void)sj_fail(s->c, "recvmsg", "start request");
    if (got != SJ_GOT_MESSAGE)
      return false; /* there is nobody to ask any more, or that was for nothing */
    if (m->head.type == type && (type != SJ_RUN || m->body != NULL))
      return true;
    if (m->head.type != SJ_EXEC)
      return false;
    start_execed(s, m);
    sj_free_message(m);
  }
}
