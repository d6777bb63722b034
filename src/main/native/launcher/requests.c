#define _GNU_SOURCE
#include "launcher/requests.h"
#include "program/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgroup/events.h"
#include "cgroup/root.h"
#include "cgroup/setup.h"
#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/sources.h"
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "protocol/outbox.h"
#include "setup/spawn.h"

#ifndef SANDJAR_VERSION
#define SANDJAR_VERSION "unknown"
#endif

static const uint64_t KILL_PATIENCE = 2000000000u; /* ns that a supervisor gets to end its tree */

static size_t refusal(uint8_t *body, size_t size, int error, const char *why) {
  struct sj_writer w = {body, size, 0, false};
  sj_put_u16(&w, SJ_IN_REQUEST);
  sj_put_u16(&w, 0);
  sj_put_u32(&w, 0);
  sj_put_u32(&w, (uint32_t)error);
  sj_put_u64(&w, 0);
  sj_put_str(&w, "request");
  sj_put_str(&w, why);
  return w.length;
}

void sj_refuse(struct sj_launcher *l, uint64_t id, int error, const char *why) {
  uint8_t body[512];
  size_t length = refusal(body, sizeof body, error, why);
  sj_post(l->java, SJ_FAILED, id, body, length, NULL, 0);
}

/* As sj_refuse, but told when everything of the box is gone: its ids are free then. */
static void refuse_and_end(struct sj_launcher *l, struct sj_box *b, int error, const char *why) {
  uint8_t body[512];
  size_t length = refusal(body, sizeof body, error, why);
  uint8_t *copy = malloc(length);
  if (copy != NULL && b->last == NULL) {
    memcpy(copy, body, length);
    b->last = copy;
    b->last_length = length;
    b->last_type = SJ_FAILED;
  } else {
    free(copy);
  }
  sj_kill_box(l, b);
}

static void hello(struct sj_launcher *l, const struct sj_message *m) {
  uint8_t body[256];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, SJ_WIRE_VERSION);
  sj_put_u32(&w, (uint32_t)getpid());
  sj_put_str(&w, SANDJAR_VERSION);
  sj_put_u32(&w, sj_kernel_features() | sj_landlock_abi() << SJ_LANDLOCK_SHIFT);
  sj_post(l->java, SJ_HELLO_OK, m->head.id, body, w.length, NULL, 0);
}

static void add_plan(struct sj_launcher *l, struct sj_message *m) {
  struct sj_plan_entry *p = calloc(1, sizeof *p);
  uint8_t *bytes = malloc((size_t)m->head.length + 1);
  if (p == NULL || bytes == NULL || sj_find_plan(m->head.id) != NULL) {
    free(p);
    free(bytes);
    sj_refuse(l, m->head.id, ENOMEM, "plan could not be kept");
    return;
  }
  memcpy(bytes, m->body, m->head.length);
  if (!sj_decode_plan(bytes, m->head.length, m->nfds, &p->plan)) {
    free(p);
    free(bytes);
    sj_refuse(l, m->head.id, EPROTO, "malformed plan");
    return;
  }
  p->id = m->head.id;
  p->bytes = bytes;
  p->nfds = m->nfds;
  memcpy(p->fds, m->fds, sizeof p->fds);
  m->nfds = 0;
  sj_add_plan(p);
}

static bool watch(struct sj_launcher *l, struct sj_box *b) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = b->id};
  return sj_fault_watch() == 0 && fcntl(b->control, F_SETFL, O_NONBLOCK) == 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, b->control, &event) == 0;
}

static void take_bounds(struct sj_box *b, const struct sj_start *start) {
  b->timeout = start->timeout;
  b->cpu_time = start->cpu_time;
  b->grace = start->grace;
  b->stop_signal = (int)start->stop_signal;
}

static void launch(struct sj_launcher *l, struct sj_message *m, const struct sj_start *start, struct sj_plan_entry *plan) {
  static struct sj_context c;
  int pair[2];
  struct sj_box *b = sj_new_box(m->head.id);
  if (b == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    int error = errno;
    if (b != NULL)
      sj_remove_box(b);
    sj_refuse(l, m->head.id, error, "no socket pair for the supervisor");
    return;
  }
  memset(&c, 0, sizeof c);
  c.id = m->head.id;
  c.plan = &plan->plan;
  c.start = start;
  c.plan_fds = plan->fds;
  c.nplan_fds = plan->nfds;
  memcpy(c.fds, m->fds, sizeof c.fds);
  c.launcher_end = pair[0];
  c.control = pair[1];
  c.proc = l->proc;
  c.root = -1;
  c.sysctl = -1;
  for (unsigned i = 0; i < SJ_SLOTS_MAX; i++)
    c.slots[i] = -1;
  c.received = sj_now();
  b->control = pair[0];
  b->init = plan->plan.flags & SJ_PLAN_INIT;
  b->probe = start->flags & SJ_START_PROBE;
  b->waits = start->flags & SJ_START_WAIT;
  take_bounds(b, start);
  sj_use_plan(b, plan);
  if (b->waits)
    b->sources = sj_sources_of(l, &plan->plan);
  bool staged = false;
  pid_t pid = -1;
  if (sj_new_trace(&c) != 0 || (b->waits && b->sources == NULL))
    sj_fail(&c, "mmap", "trace");
  else if (!watch(l, b))
    sj_fail(&c, "epoll_ctl", "");
  else if (sj_template_start(l, plan, m, &c, b))
    pid = b->template;
  else
    pid = sj_spawn(&c, &staged);
  if (staged)
    b->stage = pid;
  else if (b->template < 0)
    b->supervisor = pid;
  sj_note_pid(b, b->supervisor);
  sj_fault_launcher(pid);
  /* The supervisor sets up meanwhile. What fails is told like its own failures, by the same way. */
  if (pid > 0 && plan->plan.count[3] > 0 && sj_cgroup_make(l, b, &c) != 0)
    sj_kill_box(l, b);
  if (pid > 0 && b->template < 0 && !b->probe)
    sj_template_consider(l, plan, &c);
  sj_free_trace(&c);
  close(c.control);
  if (pid < 0) {
    sj_read_news(l, b);
    sj_conclude(l, b);
  }
}

static void start(struct sj_launcher *l, struct sj_message *m) {
  struct sj_start s;
  if (!sj_decode_start(m->body, m->head.length, &s)) {
    sj_refuse(l, m->head.id, EPROTO, "malformed start request");
    return;
  }
  struct sj_plan_entry *plan = sj_find_plan(s.plan);
  if (plan == NULL || s.nfds != m->nfds || (s.flags & SJ_START_PLAIN) || m->head.id >= SJ_FROM_SIGNALS || sj_find_box(m->head.id) != NULL)
    sj_refuse(l, m->head.id, EPROTO, plan == NULL ? "unknown plan" : "descriptors or id do not fit");
  else
    launch(l, m, &s, plan);
  sj_free_start(&s);
}

static void go(struct sj_launcher *l, struct sj_message *m) {
  struct sj_start s;
  struct sj_box *b = sj_find_box(m->head.id);
  if (b == NULL)
    return; /* it has ended meanwhile, and its end was told */
  if (!sj_decode_start(m->body, m->head.length, &s)) {
    sj_refuse(l, b->id, EPROTO, "malformed start request");
    sj_kill_box(l, b);
    return;
  }
  bool fits = b->waits && s.nfds == m->nfds && (s.flags & (SJ_START_WAIT | SJ_START_PROBE | SJ_START_PLAIN)) == 0;
  if (fits && !b->fixed && sj_sources_changed(l, &b->plan->plan, b->sources)) {
    refuse_and_end(l, b, ESTALE, "what the sandbox is made of has changed since");
    sj_free_start(&s);
    return;
  }
  if (fits) {
    b->waits = false;
    take_bounds(b, &s);
  }
  if (!fits || sj_forward(b->control, m, SJ_GO, b->id) != 0) {
    refuse_and_end(l, b, fits ? errno : EPROTO, fits ? "the supervisor does not take the request" : "nothing waits for this");
  }
  sj_free_start(&s);
}

static void went(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_reader r;
  struct sj_box *b = sj_find_box(m->head.id);
  sj_reader_init(&r, m->body, m->head.length);
  uint64_t timeout = sj_u64(&r), cpu_time = sj_u64(&r), grace = sj_u64(&r);
  uint32_t stop_signal = sj_u32(&r);
  if (r.bad || stop_signal > SJ_SIGNAL_MAX || b == NULL || !b->parked || b->started)
    return; /* it has ended meanwhile, and its end was told */
  b->waits = false;
  b->started = true;
  b->started_at = sj_now();
  b->timeout = timeout;
  b->cpu_time = cpu_time;
  b->grace = grace;
  b->stop_signal = (int)stop_signal;
  sj_begin_deadlines(b);
  if (b->why == SJ_WHY_OOM)
    sj_kill_box(l, b);
}

static void resume(struct sj_launcher *l, struct sj_message *m) {
  struct sj_box *b = sj_find_box(m->head.id);
  if (b == NULL || !b->paused)
    return; /* it has ended meanwhile, and its end was told */
  b->paused = b->serves = false;
  b->fixed = true;
  if (sj_forward(b->control, m, SJ_RESUME, b->id) != 0)
    sj_kill_box(l, b);
}

static void exec(struct sj_launcher *l, struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  struct sj_box *owner = sj_find_box(sj_u64(&r));
  if (r.bad || owner == NULL || owner->owner != NULL || (!owner->started && !owner->serves) || sj_find_box(m->head.id) != NULL) {
    sj_refuse(l, m->head.id, ESRCH, "the sandbox has ended");
    return;
  }
  struct sj_box *b = sj_new_box(m->head.id);
  if (b == NULL) {
    sj_refuse(l, m->head.id, ENOMEM, "out of memory");
    return;
  }
  b->owner = owner;
  owner->further++;
  b->started_at = sj_now();
  if (sj_forward(owner->control, m, SJ_EXEC, m->head.id) != 0) {
    int error = errno;
    bool gone = error == EPIPE || error == ECONNRESET; /* its news of that is yet to be read */
    sj_remove_box(b);
    sj_refuse(l, m->head.id, gone ? ESRCH : error, gone ? "the sandbox has ended" : "the supervisor does not take the request");
  }
}

static void send_signal(struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  uint32_t sig = sj_u32(&r);
  struct sj_box *b = sj_find_box(m->head.id);
  if (r.bad || b == NULL || sig > 64)
    return;
  if (b->pidfd >= 0)
    (void)sj_pidfd_send_signal(b->pidfd, (int)sig); /* it may have ended meanwhile, which Java learns otherwise */
}

static void take_area(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_area area;
  if (!sj_decode_area(m->body, m->head.length, &area)) {
    sj_refuse(l, m->head.id, EPROTO, "malformed area");
    return;
  }
  if (!sj_area_open(&area))
    sj_refuse(l, m->head.id, errno, "the area can't be opened");
  sj_free_area(&area);
}

static void watch_for_java(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_watch_request request;
  struct sj_box *b = sj_find_box(m->head.id);
  if (sj_decode_watch(m->body, m->head.length, &request) && b != NULL && b->owner == NULL)
    sj_watch_for_java(l, b, &request); /* the end of an ended one is told anyway */
}

static void kill_for_java(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  uint32_t why = sj_u32(&r);
  struct sj_box *b = sj_find_box(m->head.id);
  if (r.bad || b == NULL)
    return;
  if (why == SJ_WHY_OUTPUT) {
    sj_expire(l, b, why, b->grace);
  } else {
    if (b->why == SJ_WHY_NOT)
      b->why = SJ_WHY_ASKED;
    sj_kill_box(l, b);
  }
}

void sj_limit_patience(struct sj_launcher *l, struct sj_box *b) {
  if (b->kill_deadline != 0)
    return;
  b->kill_deadline = sj_now() + KILL_PATIENCE;
  l->kills_pending++;
}

void sj_kill_box(struct sj_launcher *l, struct sj_box *b) {
  b->killed = true;
  if (b->owner == NULL)
    sj_cgroup_kill(b);
  if (b->owner != NULL) {
    if (b->pidfd >= 0)
      (void)sj_pidfd_send_signal(b->pidfd, SIGKILL);
    return;
  }
  if (b->stage > 0)
    kill(b->stage, SIGKILL);
  if (b->supervisor <= 0)
    return;
  /* A supervisor that takes its time, or that something inside has stopped, is not waited for for ever. */
  if (b->init || sj_send(b->control, SJ_KILL, b->id, NULL, 0, NULL, 0) != 0) {
    kill(b->supervisor, SIGKILL);
  } else {
    sj_limit_patience(l, b);
  }
}

void sj_request(struct sj_launcher *l, struct sj_message *m) {
  sj_fault_launcher(-1);
  switch (m->head.type) {
  case SJ_HELLO:
    hello(l, m);
    break;
  case SJ_PLAN:
    add_plan(l, m);
    break;
  case SJ_TRIM:
    sj_templates_drop_all();
    break;
  case SJ_PLAN_DROP:
    sj_drop_plan(m->head.id);
    break;
  case SJ_START:
    start(l, m);
    break;
  case SJ_GO:
    go(l, m);
    break;
  case SJ_WENT:
    went(l, m);
    break;
  case SJ_RESUME:
    resume(l, m);
    break;
  case SJ_EXEC:
    exec(l, m);
    break;
  case SJ_SIGNAL:
    send_signal(m);
    break;
  case SJ_KILL:
    kill_for_java(l, m);
    break;
  case SJ_AREA:
    take_area(l, m);
    break;
  case SJ_WATCH:
    watch_for_java(l, m);
    break;
  case SJ_HOLD:
    m->nfds = 0; /* stay open, under no name, until this process ends */
    break;
  case SJ_PING:
    sj_post(l->java, SJ_PONG, m->head.id, NULL, 0, NULL, 0);
    break;
  default:
    sj_refuse(l, m->head.id, EPROTO, "unknown request");
    break;
  }
}
