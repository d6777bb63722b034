#define _GNU_SOURCE
#include "launcher/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/kill.h"
#include "launcher/pending_starts.h"
#include "launcher/reaper.h"
#include "launcher/replies.h"
#include "launcher/sandboxes.h"
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "setup/operations.h"
#include "setup/spawn.h"

static bool watch_socket(struct sj_launcher *l, struct sj_sandbox *b) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = b->id};
  return sj_fault_watch() == 0 && fcntl(b->control, F_SETFL, O_NONBLOCK) == 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, b->control, &event) == 0;
}

static void take_bounds(struct sj_sandbox *b, const struct sj_start *start) {
  b->timeout = start->timeout;
  b->cpu_time = start->cpu_time;
  b->grace = start->grace;
  b->stop_signal = (int)start->stop_signal;
}

static uint32_t network_descriptors(const struct sj_start *s) {
  if (!(s->flags & SJ_START_NETWORK))
    return 0;
  return s->flags & SJ_START_NETWORK_OWNER ? 2 : 1;
}

static void launch(struct sj_launcher *l, struct sj_message *m, const struct sj_start *start, struct sj_plan_entry *plan) {
  static struct sj_context c;
  int pair[2];
  struct sj_sandbox *b = sj_new_sandbox(m->head.id);
  if (b == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    int error = errno;
    if (b != NULL)
      sj_remove_sandbox(b);
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
  uint32_t networks = network_descriptors(start);
  c.network = networks > 0 ? m->fds[start->nfds] : -1;
  c.network_owner = networks > 1 ? m->fds[start->nfds + 1] : -1;
  c.launcher_end = pair[0];
  c.control = pair[1];
  c.proc = l->proc;
  c.run_section = sj_run_section;
  c.root = -1;
  c.sysctl = -1;
  c.relay = -1;
  for (unsigned i = 0; i < SJ_SLOTS_MAX; i++)
    c.slots[i] = -1;
  c.received = b->begun = sj_now();
  b->control = pair[0];
  b->init = plan->plan.flags & SJ_PLAN_INIT;
  b->probe = start->flags & SJ_START_PROBE;
  b->awaits_run = start->flags & SJ_START_PREPARE;
  take_bounds(b, start);
  b->plan = plan;
  b->cgroup.plan = &plan->plan;
  sj_use_plan(plan);
  bool helped = false;
  pid_t pid = -1;
  if (sj_new_trace(&c) != 0)
    sj_fail(&c, "mmap", "trace");
  else if (!watch_socket(l, b))
    sj_fail(&c, "epoll_ctl", "");
  else if (sj_template_start(l, m, &c, b))
    pid = b->template;
  else
    pid = sj_spawn(&c, &helped);
  if (helped)
    b->outer_helper = pid;
  else if (b->template < 0)
    b->supervisor = pid;
  sj_note_pid(b, b->supervisor);
  sj_fault_launcher(pid);
  /* The supervisor sets up meanwhile. What fails is reported like its own failures, by the same way. */
  if (pid > 0 && plan->plan.count[SJ_CGROUP] > 0 && sj_make_cgroups(b, &c) != 0)
    sj_kill_sandbox(l, b);
  if (start->flags & SJ_START_MAKE_TEMPLATE)
    sj_template_begin(l, &c, pid > 0);
  sj_free_trace(&c);
  close(c.control);
  if (pid < 0) {
    sj_read_supervisor_messages(l, b);
    sj_conclude(l, b);
  }
}

void sj_start_sandbox(struct sj_launcher *l, struct sj_message *m) {
  struct sj_start s;
  if (!sj_decode_start(m->body, m->head.length, &s)) {
    sj_refuse(l, m->head.id, EPROTO, "malformed start request");
    return;
  }
  struct sj_plan_entry *plan = sj_find_plan(s.plan);
  if (plan == NULL || s.nfds + network_descriptors(&s) != m->nfds || (s.flags & SJ_START_PLAIN) || m->head.id >= SJ_FROM_TEMPLATE || sj_find_sandbox(m->head.id) != NULL)
    sj_refuse(l, m->head.id, EPROTO, plan == NULL ? "unknown plan" : "descriptors or id do not fit");
  else
    launch(l, m, &s, plan);
  sj_free_start(&s);
}

void sj_start_prepared(struct sj_launcher *l, struct sj_message *m) {
  struct sj_start s;
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (b == NULL)
    return; /* it has ended meanwhile, and its end was reported */
  if (!sj_decode_start(m->body, m->head.length, &s)) {
    sj_refuse(l, b->id, EPROTO, "malformed start request");
    sj_kill_sandbox(l, b);
    return;
  }
  bool fits = b->awaits_run && s.nfds == m->nfds && (s.flags & (SJ_START_PREPARE | SJ_START_PROBE | SJ_START_PLAIN | SJ_START_NETWORK)) == 0;
  if (fits) {
    b->awaits_run = false;
    take_bounds(b, &s);
  }
  if (!fits || sj_forward(b->control, m, SJ_RUN, b->id) != 0) {
    sj_refuse_at_end(b, SJ_IN_REQUEST, fits ? errno : EPROTO, fits ? "the supervisor does not take the request" : "no prepared sandbox has this id");
    sj_kill_sandbox(l, b);
  }
  sj_free_start(&s);
}

void sj_take_run_started(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_reader r;
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  sj_reader_init(&r, m->body, m->head.length);
  uint64_t timeout = sj_u64(&r), cpu_time = sj_u64(&r), grace = sj_u64(&r);
  uint32_t stop_signal = sj_u32(&r);
  if (r.bad || stop_signal > SJ_SIGNAL_MAX || b == NULL || !b->warm || b->started)
    return; /* it has ended meanwhile, and its end was reported */
  b->awaits_run = false;
  b->started = true;
  b->started_at = sj_now();
  b->timeout = timeout;
  b->cpu_time = cpu_time;
  b->grace = grace;
  b->stop_signal = (int)stop_signal;
  sj_begin_deadlines(b);
  if (b->why == SJ_WHY_OOM)
    sj_kill_sandbox(l, b);
}

void sj_resume_set_up(struct sj_launcher *l, struct sj_message *m) {
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (b == NULL || !b->paused)
    return; /* it has ended meanwhile, and its end was reported */
  b->paused = b->serves = false;
  if (sj_forward(b->control, m, SJ_RESUME, b->id) != 0)
    sj_kill_sandbox(l, b);
}

void sj_start_execed(struct sj_launcher *l, struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  struct sj_sandbox *owner = sj_find_sandbox(sj_u64(&r));
  if (r.bad || owner == NULL || owner->owner != NULL || (!owner->started && !owner->serves) || sj_find_sandbox(m->head.id) != NULL) {
    sj_refuse(l, m->head.id, ESRCH, "the sandbox has ended");
    return;
  }
  struct sj_sandbox *b = sj_new_sandbox(m->head.id);
  if (b == NULL) {
    sj_refuse(l, m->head.id, ENOMEM, "out of memory");
    return;
  }
  b->owner = owner;
  owner->execed++;
  b->started_at = sj_now();
  if (sj_forward(owner->control, m, SJ_EXEC, m->head.id) != 0) {
    int error = errno;
    bool gone = error == EPIPE || error == ECONNRESET; /* its message about that is yet to be read */
    sj_remove_sandbox(b);
    sj_refuse(l, m->head.id, gone ? ESRCH : error, gone ? "the sandbox has ended" : "the supervisor does not take the request");
  }
}
