#define _GNU_SOURCE
#include "launcher/reaper.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/events.h"
#include "cgroup/files.h"
#include "cgroup/removal.h"
#include "kernel/process_tree.h"
#include "launcher/replies.h"
#include "launcher/strangers.h"
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "launcher/unclaimed_exits.h"

static void end_execed(struct sj_sandbox *b, void *data) {
  struct sj_sandbox **owner_and = data;
  if (b->owner != owner_and[0])
    return;
  struct sj_launcher *l = (struct sj_launcher *)(void *)owner_and[1];
  sj_post_lost(l, b);
  sj_remove_sandbox(b);
}

void sj_conclude(struct sj_launcher *l, struct sj_sandbox *b) {
  if (b->supervisor > 0 || b->outer_helper > 0 || b->template > 0)
    return;
  if (!b->reported) {
    sj_cgroup_kill(&b->cgroup); /* should anything still be in there */
    sj_report_end(l, b);
    sj_cgroup_remove(&b->cgroup);
  }
  sj_watch_end(&b->cgroup);
  void *arguments[2] = {b, l};
  if (b->execed > 0)
    sj_each_sandbox(end_execed, arguments);
  if (b->kill_deadline != 0)
    l->kills_pending--;
  if (!b->init)
    l->orphans = true;
  sj_remove_sandbox(b);
}

void sj_conclude_if_gone(struct sj_launcher *l, struct sj_sandbox *b) {
  if (b->supervisor_known && b->supervisor <= 0)
    sj_conclude(l, b); /* which looks whether anything else of it is left */
}

static void read_if_supervisor_unknown(struct sj_sandbox *b, void *data) {
  if (b->owner != NULL || b->supervisor > 0 || b->control < 0)
    return;
  sj_read_supervisor_messages(data, b);
  sj_conclude_if_gone(data, b);
}

void sj_template_failed(struct sj_launcher *l, struct sj_sandbox *b) {
  sj_read_supervisor_messages(l, b);
  if (b->template <= 0) {
    sj_conclude_if_gone(l, b);
    return;
  }
  b->template = -1;
  sj_conclude(l, b);
}

static void lose_template(struct sj_sandbox *b, void *data) {
  void **lost = data;
  if (b->template == *(pid_t *)lost[1])
    sj_template_failed(lost[0], b);
}

static void note_unknown_supervisor(struct sj_sandbox *b, void *data) {
  uint64_t *since = data;
  if ((b->outer_helper > 0 || b->template > 0) && b->supervisor <= 0 && b->begun < *since)
    *since = b->begun;
}

/* Since when there are supervisors whose pids are not known yet; UINT64_MAX if there are none. */
static uint64_t unknown_since(void) {
  uint64_t since = UINT64_MAX;
  sj_each_sandbox(note_unknown_supervisor, &since);
  return since;
}

static void take_exit(struct sj_launcher *l, pid_t pid, int status, const struct rusage *usage) {
  struct sj_sandbox *b = sj_find_sandbox_by_pid(pid);
  if (b == NULL) {
    /* A supervisor may die before its outer helper's message about it was read. */
    sj_each_sandbox(read_if_supervisor_unknown, l);
    b = sj_find_sandbox_by_pid(pid);
  }
  if (b == NULL && sj_template_reaped(l, pid)) {
    void *lost[2] = {l, &pid};
    sj_each_sandbox(lose_template, lost);
    l->orphans = true; /* it may have cloned without a word */
    return;
  }
  if (b == NULL) {
    if (unknown_since() == UINT64_MAX)
      sj_forget_unclaimed_exits();
    else if (!sj_note_unclaimed_exit(pid, status, usage))
      abort(); /* without memory: who is waited for for ever is worse than all that end with us */
    l->orphans = true; /* an orphan: its own children have come to us too */
    return;
  }
  sj_read_supervisor_messages(l, b);
  if (b->outer_helper == pid) {
    b->outer_helper = -1;
    if (b->supervisor <= 0)
      b->wait_status = status;
  } else {
    b->supervisor = -1;
    b->wait_status = status;
    b->usage = *usage;
  }
  sj_conclude(l, b);
}

bool sj_reap_one(struct sj_launcher *l, pid_t pid) {
  int status;
  struct rusage usage;
  if (pid <= 0 || wait4(pid, &status, WNOHANG, &usage) != pid)
    return false;
  sj_forget_stranger(pid);
  take_exit(l, pid, status, &usage);
  return true;
}

void sj_reap(struct sj_launcher *l) {
  int status;
  struct rusage usage;
  for (pid_t pid = wait4(-1, &status, WNOHANG, &usage); pid > 0; pid = wait4(-1, &status, WNOHANG, &usage)) {
    sj_forget_stranger(pid);
    take_exit(l, pid, status, &usage);
  }
}

/* A supervisor whose pid is not known yet looks like an orphan, but that no start is older than it. */
static bool is_spared(pid_t pid, pid_t parent) {
  if (sj_is_template(pid) || sj_find_sandbox_by_pid(pid) != NULL)
    return true;
  uint64_t since = unknown_since();
  return since != UINT64_MAX && parent == getpid() && sj_stranger_since(pid) >= since;
}

void sj_kill_orphans(struct sj_launcher *l) {
  l->orphans = unknown_since() != UINT64_MAX; /* those are looked at again */
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
    return; /* no child at all */
  if (sj_has_other_children(l->proc, is_spared) == 0)
    return;
  (void)sj_kill_descendants(l->proc, getpid(), is_spared);
}
