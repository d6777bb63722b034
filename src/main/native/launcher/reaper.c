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
#include "launcher/supervisor_messages.h"
#include "launcher/templates.h"
#include "launcher/unclaimed_exits.h"

static void end_further(struct sj_box *b, void *data) {
  struct sj_box **owner_and = data;
  if (b->owner != owner_and[0])
    return;
  struct sj_launcher *l = (struct sj_launcher *)(void *)owner_and[1];
  sj_post_lost(l, b);
  sj_remove_box(b);
}

void sj_conclude(struct sj_launcher *l, struct sj_box *b) {
  if (b->supervisor > 0 || b->stage > 0 || b->template > 0)
    return;
  if (!b->told) {
    sj_cgroup_kill(&b->cgroup); /* should anything still be in there */
    sj_tell_end(l, b);
    sj_cgroup_bury(&b->cgroup);
  }
  sj_watch_end(&b->cgroup);
  void *arguments[2] = {b, l};
  if (b->further > 0)
    sj_each_box(end_further, arguments);
  if (b->kill_deadline != 0)
    l->kills_pending--;
  if (!b->init)
    l->strays = true;
  sj_remove_box(b);
}

void sj_settle(struct sj_launcher *l, struct sj_box *b) {
  if (b->staged && b->supervisor <= 0)
    sj_conclude(l, b); /* which looks whether anything else of it is left */
}

static void read_if_staging(struct sj_box *b, void *data) {
  if (b->owner != NULL || b->supervisor > 0 || b->control < 0)
    return;
  sj_read_news(data, b);
  sj_settle(data, b);
}

void sj_template_failed(struct sj_launcher *l, struct sj_box *b) {
  sj_read_news(l, b);
  if (b->template <= 0) {
    sj_settle(l, b);
    return;
  }
  b->template = -1;
  sj_conclude(l, b);
}

static void lose_template(struct sj_box *b, void *data) {
  void **lost = data;
  if (b->template == *(pid_t *)lost[1])
    sj_template_failed(lost[0], b);
}

static void note_staging(struct sj_box *b, void *data) {
  if ((b->stage > 0 || b->template > 0) && b->supervisor <= 0)
    *(bool *)data = true;
}

static void buried(struct sj_launcher *l, pid_t pid, int status, const struct rusage *usage) {
  struct sj_box *b = sj_find_box_by_pid(pid);
  if (b == NULL) {
    /* A supervisor may die before its stage's word about it was read. */
    sj_each_box(read_if_staging, l);
    b = sj_find_box_by_pid(pid);
  }
  if (b == NULL && sj_template_reaped(pid)) {
    void *lost[2] = {l, &pid};
    sj_each_box(lose_template, lost);
    l->strays = true; /* it may have cloned without a word */
    return;
  }
  if (b == NULL) {
    bool staging = false;
    sj_each_box(note_staging, &staging);
    if (!staging)
      sj_early_forget();
    else if (!sj_early_note(pid, status, usage))
      abort(); /* without memory: who is waited for for ever is worse than all that end with us */
    l->strays = true; /* an orphan: its own children have come to us too */
    return;
  }
  sj_read_news(l, b);
  if (b->stage == pid) {
    b->stage = -1;
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
  buried(l, pid, status, &usage);
  return true;
}

void sj_reap(struct sj_launcher *l) {
  int status;
  struct rusage usage;
  for (pid_t pid = wait4(-1, &status, WNOHANG, &usage); pid > 0; pid = wait4(-1, &status, WNOHANG, &usage))
    buried(l, pid, status, &usage);
}

static bool is_known(pid_t pid) {
  return sj_is_template(pid) || sj_find_box_by_pid(pid) != NULL;
}

void sj_kill_strays(struct sj_launcher *l) {
  bool staging = false;
  sj_each_box(note_staging, &staging);
  if (staging)
    return; /* a supervisor whose pid is not known yet would look like a stray */
  l->strays = false;
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
    return; /* no child at all */
  if (sj_has_other_children(l->proc, is_known) == 0)
    return;
  (void)sj_kill_descendants(l->proc, getpid(), is_known);
}
