#define _GNU_SOURCE
#include "launcher/event_loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/events.h"
#include "cgroup/removal.h"
#include "cgroup/root.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/kill.h"
#include "launcher/pending_starts.h"
#include "launcher/reaper.h"
#include "launcher/replies.h"
#include "launcher/requests.h"
#include "launcher/sandboxes.h"
#include "launcher/sources.h"
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "protocol/outbox.h"
#include "protocol/transport.h"

enum { BATCH = 64, REQUESTS_PER_TURN = 32, TICK_MS = 20, GRAVE_MS = 2, GRAVES_MANY = 16 };
static const uint64_t REAP_NS = 20000000; /* until a death is noticed whose signal was lost */
static const uint64_t END_PATIENCE = 5000000000u; /* ns for everything to die once Java is gone */

static void end_box(struct sj_box *b, void *launcher) {
  sj_kill_box(launcher, b);
}

static void end(struct sj_launcher *l) {
  if (l->ending)
    return;
  l->ending = true;
  (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->java, NULL);
  sj_templates_drop_all();
  sj_each_box(end_box, l);
}

static void read_requests(struct sj_launcher *l) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (unsigned i = 0; i < REQUESTS_PER_TURN && !l->ending; i++) {
    enum sj_received got = sj_receive(l->java, buffer, &m);
    if (got == SJ_GOT_MESSAGE)
      sj_request(l, &m);
    else if (got == SJ_GOT_GARBAGE)
      sj_refuse(l, m.head.id, EPROTO, "malformed message");
    sj_free_message(&m);
    if (got == SJ_GOT_NOTHING)
      return;
    if (got == SJ_GOT_END)
      end(l);
  }
}

static void kill_overdue(struct sj_box *b, void *data) {
  (void)data;
  if (b->kill_deadline != 0 && b->supervisor > 0 && sj_now() > b->kill_deadline)
    kill(b->supervisor, SIGKILL);
}

static void kill_now(struct sj_box *b, void *data) {
  (void)data;
  if (b->supervisor > 0)
    kill(b->supervisor, SIGKILL);
}

static void watch_java(struct sj_launcher *l) {
  struct epoll_event event = {.events = EPOLLIN | (sj_outbox_empty() ? 0u : (unsigned)EPOLLOUT), .data.u64 = SJ_FROM_JAVA};
  if (!l->ending)
    (void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, l->java, &event);
}

/* Supervisors whose sockets have ended, so that they are about to. */
static struct {
  pid_t pid[64];
  unsigned count;
} dying;

static void note_dying(struct sj_launcher *l, pid_t pid) {
  if (pid <= 0 || sj_reap_one(l, pid))
    return;
  if (dying.count < sizeof dying.pid / sizeof dying.pid[0])
    dying.pid[dying.count++] = pid;
}

/*
 * With thousands of children a walk over all for each death would be what costs most. Mostly the signal says which has died; those that
 * are lost because one waits to be read are found among the dying, or else by the walk that follows later.
 */
static void take_deaths(struct sj_launcher *l) {
  struct signalfd_siginfo info;
  while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info)
    (void)sj_reap_one(l, (pid_t)info.ssi_pid);
  for (unsigned i = 0; i < dying.count;) {
    pid_t pid = dying.pid[i];
    if (sj_reap_one(l, pid) || sj_find_box_by_pid(pid) == NULL)
      dying.pid[i] = dying.pid[--dying.count];
    else
      i++;
  }
  if (l->reap_by == 0)
    l->reap_by = sj_now() + REAP_NS;
}

static void reap_if_due(struct sj_launcher *l) {
  if (l->reap_by == 0 || sj_now() < l->reap_by)
    return;
  l->reap_by = 0;
  sj_reap(l);
}

static void handle(struct sj_launcher *l, const struct epoll_event *event) {
  if (event->data.u64 == SJ_FROM_JAVA) {
    if (event->events & EPOLLOUT)
      (void)sj_flush(l->java);
    if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
      read_requests(l);
  } else if (event->data.u64 == SJ_FROM_SIGNALS) {
    take_deaths(l);
  } else if (event->data.u64 & SJ_FROM_WATCH) {
    uint64_t id;
    struct sj_box *b = sj_watch_fired(event->data.u64, &id) ? sj_find_box(id) : NULL;
    if (b != NULL)
      sj_expire(l, b, SJ_WHY_OOM, 0);
  } else {
    struct sj_box *b = sj_find_box(event->data.u64);
    if (b == NULL)
      return;
    sj_read_news(l, b);
    /* A closed socket is ready for ever; the death that closed it comes as a signal. */
    if (event->events & EPOLLHUP) {
      (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, b->control, NULL);
      if (b->template > 0) {
        sj_template_failed(l, b);
        return;
      }
    }
    pid_t supervisor = b->supervisor;
    sj_settle(l, b);
    if (event->events & EPOLLHUP)
      note_dying(l, supervisor);
  }
}

static bool childless(void) {
  siginfo_t info;
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static int shorter(int a, int b) {
  return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* What can wait is done when nothing else is to do, a little at a time. */
static int wait_for_events(struct sj_launcher *l, struct epoll_event *events) {
  int timeout = l->kills_pending > 0 || l->ending || l->strays ? TICK_MS : -1;
  timeout = shorter(timeout, sj_until_deadline());
  timeout = shorter(timeout, sj_templates_until());
  if (sj_starts_pending())
    timeout = shorter(timeout, GRAVE_MS);
  if (l->reap_by != 0)
    timeout = shorter(timeout, l->reap_by > sj_now() ? (int)((l->reap_by - sj_now()) / 1000000) + 1 : 0);
  /* Whoever has just been told an end needs the processor more than what is left of a sandbox does, unless that piles up. */
  int pause = sj_graves() > GRAVES_MANY ? 0 : shorter(timeout, GRAVE_MS);
  while (sj_graves() > 0) {
    int n = epoll_wait(l->epoll, events, BATCH, pause);
    if (n != 0)
      return n;
    pause = 0;
    if (!sj_grave_bury_one()) {
      timeout = shorter(timeout, GRAVE_MS);
      break;
    }
  }
  return epoll_wait(l->epoll, events, BATCH, timeout);
}

/* Everything has ended: also what could not be removed so far is removed, unless the kernel does not let go of it. */
static int leave(uint64_t end_by) {
  const struct timespec soon = {0, GRAVE_MS * 1000000L};
  while (sj_graves() > 0 && sj_now() < end_by)
    if (!sj_grave_bury_one())
      nanosleep(&soon, NULL);
  sj_area_close();
  sj_sources_close();
  return 0;
}

int sj_serve(struct sj_launcher *l) {
  struct epoll_event events[BATCH];
  uint64_t end_by = 0;
  bool had_letters = false;
  sj_watch_open(l->epoll, l->java);
  for (;;) {
    int n = wait_for_events(l, events);
    if (n < 0 && errno != EINTR)
      return 1;
    for (int i = 0; i < n; i++)
      handle(l, &events[i]);
    reap_if_due(l);
    sj_check_deadlines(l);
    sj_templates_tick();
    if (sj_starts_pending())
      sj_try_pending_starts(l);
    if (l->kills_pending > 0)
      sj_each_box(kill_overdue, NULL);
    if (l->strays)
      sj_kill_strays(l);
    if (had_letters != !sj_outbox_empty()) {
      had_letters = !had_letters;
      watch_java(l);
    }
    if (!l->ending)
      continue;
    if (end_by == 0)
      end_by = sj_now() + END_PATIENCE;
    if (childless())
      return leave(end_by);
    if (sj_box_count() == 0)
      l->strays = true;
    if (sj_now() > end_by) {
      /* Something does not die (a call that never returns, say): what still can be killed is, and the rest is the kernel's. */
      sj_each_box(kill_now, NULL);
      return 1;
    }
  }
}
