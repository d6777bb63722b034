#define _GNU_SOURCE
#include "launcher/pending_starts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroup/setup.h"
#include "kernel/syscalls.h"
#include "launcher/kill.h"

static const uint64_t PATIENCE = 10000000000; /* ns */

/* A start that waits for a path. Its supervisor waits for the entry meanwhile. */
struct pending_start {
  struct pending_start *next;
  uint64_t sandbox;
  uint64_t until;
  int control; /* the supervisor's end of its socket, by which a failure is reported */
};

static struct pending_start *pending;

static int wait_for_path(const struct sj_sandbox *b, struct sj_context *c) {
  struct pending_start *p = malloc(sizeof *p);
  int control = p == NULL ? -1 : fcntl(c->control, F_DUPFD_CLOEXEC, 0);
  if (control < 0) {
    int error = errno;
    free(p);
    errno = error;
    return sj_fail(c, "fcntl(F_DUPFD)", "");
  }
  *p = (struct pending_start){pending, b->id, sj_now() + PATIENCE, control};
  pending = p;
  return 0;
}

int sj_make_cgroups(struct sj_sandbox *b, struct sj_context *c) {
  switch (sj_cgroup_make_paths(&b->cgroup, c)) {
  case SJ_MADE:
    return sj_cgroup_make(&b->cgroup, c);
  case SJ_LATER:
    return wait_for_path(b, c);
  case SJ_NOT_MADE:
  default:
    return -1;
  }
}

bool sj_starts_pending(void) {
  return pending != NULL;
}

/* Whether the start waits no more. */
static bool try_again(struct sj_launcher *l, const struct pending_start *p) {
  struct sj_sandbox *b = sj_find_sandbox(p->sandbox);
  if (b == NULL || b->killed || b->plan == NULL)
    return true;
  struct sj_context c = {.id = b->id, .plan = &b->plan->plan, .control = p->control, .launcher_end = b->control};
  enum sj_made made = sj_cgroup_make_paths(&b->cgroup, &c);
  if (made == SJ_LATER && sj_now() < p->until)
    return false;
  if (made == SJ_LATER) {
    errno = EBUSY;
    (void)sj_fail(&c, "rmdir", c.plan->section[SJ_CGROUP][c.index].str[1]);
  }
  if (made != SJ_MADE || sj_cgroup_make(&b->cgroup, &c) != 0)
    sj_kill_sandbox(l, b);
  return true;
}

void sj_try_pending_starts(struct sj_launcher *l) {
  for (struct pending_start **at = &pending; *at != NULL;) {
    struct pending_start *p = *at;
    if (!try_again(l, p)) {
      at = &p->next;
      continue;
    }
    *at = p->next;
    close(p->control);
    free(p);
  }
}
