/*
 * The processes of Sandjar. All are this one program; the folder says which of them runs the code.
 *
 * launcher        Made by the Java machine, once; the parent of every supervisor. launcher/ and cgroup/. Has the rights of the Java
 *                 machine. Ends when its socket to Java ends, and every sandbox with it.
 * outer helper    Made by the launcher for one start that has id maps or namespaces to join (SJ_PLAN_OUTER_HELPER, SJ_START_NETWORK). setup/spawn.c. Stays
 *                 outside the new user namespace with the launcher's rights: opens host paths, writes the id maps, runs newuidmap. It
 *                 makes the supervisor as its sibling and ends before anything hostile runs.
 * template        Made by the launcher when Java wants one (SJ_START_MAKE_TEMPLATE), which decides how long it is of use. setup/template.c. Holds the part of the set-up
 *                 that starts share, and clones supervisors as the launcher's children, each in the network that its start brings; for these it
 *                 is in the user namespace that owns them, and in a network of its own otherwise. Ends when the launcher closes its socket.
 * supervisor      Made by the launcher, an outer helper or a template: always the launcher's child. setup/supervisor.c has the order of
 *                 its steps. Pid 1 of the sandbox's pid namespace, or the reaper of its processes where there is none. It makes and reaps
 *                 the programs. The launcher kills it: a pid 1 at once, and the kernel all below it; a reaper is asked to end all below
 *                 it, and killed after two seconds.
 * network helper  Made by the supervisor. setup/network.c. Makes the network namespace meanwhile, and ends. Dies with its parent.
 * tracer          Made by the supervisor (SJ_PLAN_OBSERVE). program/tracer.c. Tells Java of every call of the programs. When it dies, so
 *                 does what it traces.
 * warm process    Made by the supervisor (SJ_START_WARM). program/warm.c. All but executed: takes its program from Java on a channel that
 *                 nobody else is on.
 * program         Made by the supervisor. program/exec.c up to its execve(2); hostile from then on. So is an exec'd process (SJ_EXEC).
 *                 Killed by its supervisor, by a pid namespace that ends, by PR_SET_PDEATHSIG, and where there is one by its cgroup.
 * short-lived     A process that holds a user namespace for the id maps of mounts (setup/id_maps.c), the one that mounts a template's
 *                 procfs (setup/mounts.c), and newuidmap(1) and newgidmap(1), which are setuid.
 * relay           Made by the Java machine for each sandbox that shares ports with the host, apart from the launcher. relay/. Passes
 *                 connections on between sockets of the host's network and of the sandbox's, which its supervisor hands out on a channel of
 *                 theirs (setup/channel.c). Without capabilities and under a filter once it listens. Ends with its socket, or with the sandbox.
 * keeper          Made by the Java machine for all networks of several sandboxes, apart from the launcher. keeper/. Holds network namespaces,
 *                 and sends the kernel what Java has written in them. In a user namespace of its own where it needs one, which is the
 *                 parent of those of sandboxes then. Ends with its socket, and the networks with it.
 * prefix          sandjar-run: this program under that name, started by whoever wants a sandbox without Java. prefix/. Has the caller's rights,
 *                 reads a plan that Java has frozen, and is to a launcher, its child, what the Java machine is to one. Ends as the program does.
 * file helper     Made by the Java machine, apart from the launcher. files/. Acts on files of subordinate ids, in a user namespace that
 *                 has four capabilities over them. Ends with its socket.
 *
 * Who trusts whom:
 *   - All of them do what Java says: it decides. Its messages are still checked before use, in protocol/decode*.c, because Java writes
 *     down what callers gave it.
 *   - The launcher takes from a supervisor's socket only messages about the sandbox of that supervisor and the processes that it runs;
 *     a program it signals by a pidfd. The pid of a supervisor it has as its parent, or from the outer helper or template that made it.
 *   - A supervisor trusts the launcher, and its programs in nothing. Before the first one it becomes undumpable, so that none traces it or
 *     opens its descriptors; none of its descriptors and nothing of its memory survives a program's execve(2).
 *   - Set-up code trusts no path of a root directory: others may write there. setup/resolve.c opens each by descriptor, beneath the root.
 *   - A relay moves what hostile programs and clients send, and looks at none of it. A supervisor gives it the sockets that the plan names,
 *     and no others; it never waits for it. What the relay says is checked in Java.
 *   - A program is trusted in nothing. What it says leaves by what Java gave it alone: descriptors, a terminal.
 *   - Nothing hostile ever runs in the namespaces of the launcher, an outer helper, a template, a keeper or a file helper.
 */
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
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "protocol/outbox.h"
#include "protocol/transport.h"

enum { BATCH = 64, REQUESTS_PER_TURN = 32, TICK_MS = 20, REMOVAL_MS = 2, REMOVALS_MANY = 16 };
static const uint64_t REAP_NS = 20000000; /* until a death is noticed whose signal was lost */
static const uint64_t END_PATIENCE = 5000000000u; /* ns for everything to die once Java is gone */

static void end_sandbox(struct sj_sandbox *b, void *launcher) {
  sj_kill_sandbox(launcher, b);
}

static void end(struct sj_launcher *l) {
  if (l->ending)
    return;
  l->ending = true;
  (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->java, NULL);
  sj_templates_end_all(l);
  sj_each_sandbox(end_sandbox, l);
}

static void read_requests(struct sj_launcher *l) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (unsigned i = 0; i < REQUESTS_PER_TURN && !l->ending; i++) {
    enum sj_received got = sj_receive(l->java, buffer, &m);
    if (got == SJ_GOT_MESSAGE)
      sj_request(l, &m);
    else if (got == SJ_GOT_GARBAGE)
      sj_refuse(l, m.head.id, errno, errno == EMFILE ? "the launcher has no descriptor left for it" : "malformed message");
    sj_free_message(&m);
    if (got == SJ_GOT_NOTHING)
      return;
    if (got == SJ_GOT_END)
      end(l);
  }
}

static void kill_overdue(struct sj_sandbox *b, void *data) {
  (void)data;
  if (b->kill_deadline != 0 && b->supervisor > 0 && sj_now() > b->kill_deadline)
    kill(b->supervisor, SIGKILL);
}

static void kill_now(struct sj_sandbox *b, void *data) {
  (void)data;
  if (b->supervisor > 0)
    kill(b->supervisor, SIGKILL);
}

static bool waits_for_room(void) {
  return !sj_outbox_empty() && !sj_outbox_stalled();
}

static void watch_java(struct sj_launcher *l) {
  struct epoll_event event = {.events = EPOLLIN | (waits_for_room() ? (unsigned)EPOLLOUT : 0u), .data.u64 = SJ_FROM_JAVA};
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
    if (sj_reap_one(l, pid) || sj_find_sandbox_by_pid(pid) == NULL)
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
  } else if (event->data.u64 & SJ_FROM_TEMPLATE) {
    sj_template_said(l, event->data.u64 & ~SJ_FROM_TEMPLATE);
  } else if (event->data.u64 & SJ_FROM_WATCH) {
    uint64_t id;
    struct sj_sandbox *b = sj_watch_fired(event->data.u64, &id) ? sj_find_sandbox(id) : NULL;
    if (b != NULL)
      sj_expire(l, b, SJ_WHY_OOM, 0);
  } else {
    struct sj_sandbox *b = sj_find_sandbox(event->data.u64);
    if (b == NULL)
      return;
    sj_read_supervisor_messages(l, b);
    /* A closed socket is ready for ever; the death that closed it comes as a signal. */
    if (event->events & EPOLLHUP) {
      (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, b->control, NULL);
      if (b->template > 0) {
        sj_template_failed(l, b);
        return;
      }
    }
    pid_t supervisor = b->supervisor;
    sj_conclude_if_gone(l, b);
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
  int timeout = l->kills_pending > 0 || l->ending || l->orphans || sj_outbox_stalled() ? TICK_MS : -1;
  timeout = shorter(timeout, sj_until_deadline());
  if (sj_starts_pending())
    timeout = shorter(timeout, REMOVAL_MS);
  if (l->reap_by != 0)
    timeout = shorter(timeout, l->reap_by > sj_now() ? (int)((l->reap_by - sj_now()) / 1000000) + 1 : 0);
  /* Whoever has just received an end needs the processor more than what is left of a sandbox does, unless that piles up. */
  int pause = sj_cgroup_removals() > REMOVALS_MANY ? 0 : shorter(timeout, REMOVAL_MS);
  for (uint64_t due; (due = sj_cgroup_until_removal()) != UINT64_MAX; sj_cgroup_remove_one()) {
    if (due > 0) {
      timeout = shorter(timeout, (int)(due / 1000000) + 1);
      break;
    }
    int n = epoll_wait(l->epoll, events, BATCH, pause);
    if (n != 0)
      return n;
    pause = 0;
  }
  return epoll_wait(l->epoll, events, BATCH, timeout);
}

/* Everything has ended: also what could not be removed so far is removed, unless the kernel does not let go of it. */
static int leave(uint64_t end_by) {
  const struct timespec soon = {0, REMOVAL_MS * 1000000L};
  while (sj_cgroup_removals() > 0 && sj_now() < end_by) {
    if (sj_cgroup_until_removal() > 0)
      nanosleep(&soon, NULL);
    else
      sj_cgroup_remove_one();
  }
  sj_cgroup_root_close();
  return 0;
}

int sj_serve(struct sj_launcher *l) {
  struct epoll_event events[BATCH];
  uint64_t end_by = 0;
  bool had_output = false;
  sj_watch_open(l->epoll, l->java);
  for (;;) {
    int n = wait_for_events(l, events);
    if (n < 0 && errno != EINTR)
      return 1;
    for (int i = 0; i < n; i++)
      handle(l, &events[i]);
    reap_if_due(l);
    sj_check_deadlines(l);
    if (sj_starts_pending())
      sj_try_pending_starts(l);
    if (l->kills_pending > 0)
      sj_each_sandbox(kill_overdue, NULL);
    if (l->orphans)
      sj_kill_orphans(l);
    if (sj_outbox_stalled())
      (void)sj_flush(l->java);
    if (had_output != waits_for_room()) {
      had_output = !had_output;
      watch_java(l);
    }
    if (!l->ending)
      continue;
    if (end_by == 0)
      end_by = sj_now() + END_PATIENCE;
    if (childless())
      return leave(end_by);
    if (sj_sandbox_count() == 0)
      l->orphans = true;
    if (sj_now() > end_by) {
      /* Something does not die (a call that never returns, say): what still can be killed is, and the rest is the kernel's. */
      sj_each_sandbox(kill_now, NULL);
      return 1;
    }
  }
}
