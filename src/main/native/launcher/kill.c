#define _GNU_SOURCE
#include "launcher/kill.h"

#include <signal.h>

#include "cgroup/files.h"
#include "kernel/syscalls.h"
#include "protocol/transport.h"

static const uint64_t KILL_PATIENCE = 2000000000u; /* ns that a supervisor gets to end its tree */

void sj_limit_patience(struct sj_launcher *l, struct sj_sandbox *b) {
  if (b->kill_deadline != 0)
    return;
  b->kill_deadline = sj_now() + KILL_PATIENCE;
  l->kills_pending++;
}

void sj_kill_sandbox(struct sj_launcher *l, struct sj_sandbox *b) {
  b->killed = true;
  if (b->owner == NULL)
    sj_cgroup_kill(&b->cgroup);
  if (b->owner != NULL) {
    if (b->pidfd >= 0)
      (void)sj_pidfd_send_signal(b->pidfd, SIGKILL);
    return;
  }
  if (b->outer_helper > 0)
    kill(b->outer_helper, SIGKILL);
  if (b->supervisor <= 0)
    return;
  /* A supervisor that takes its time, or that something inside has stopped, is not waited for for ever. */
  if (b->init || sj_send(b->control, SJ_KILL, b->id, NULL, 0, NULL, 0) != 0) {
    kill(b->supervisor, SIGKILL);
  } else {
    sj_limit_patience(l, b);
  }
}
