#define _GNU_SOURCE
#include "launcher/pending_starts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroup/setup.h"
#include "kernel/syscalls.h"
#include "launcher/kill.h"

static const uint64_t PATIENCE = 2000000000; /* ns */

/* A start that waits for a path. Its supervisor waits for the entry meanwhile. */
struct heir {
  struct heir *next;
  uint64_t box;
  uint64_t until;
  int control; /* the supervisor's end of its socket, by which a failure is told */
};

static struct heir *heirs;

static int wait_for_path(const struct sj_box *b, struct sj_context *c) {
  struct heir *h = malloc(sizeof *h);
  int control = h == NULL ? -1 : fcntl(c->control, F_DUPFD_CLOEXEC, 0);
  if (control < 0) {
    int error = errno;
    free(h);
    errno = error;
    return sj_fail(c, "fcntl(F_DUPFD)", "");
  }
  *h = (struct heir){heirs, b->id, sj_now() + PATIENCE, control};
  heirs = h;
  return 0;
}

int sj_make_cgroups(struct sj_box *b, struct sj_context *c) {
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
  return heirs != NULL;
}

/* Whether the start waits no more. */
static bool try_again(struct sj_launcher *l, const struct heir *h) {
  struct sj_box *b = sj_find_box(h->box);
  if (b == NULL || b->killed || b->plan == NULL)
    return true;
  struct sj_context c = {.id = b->id, .plan = &b->plan->plan, .control = h->control, .launcher_end = b->control};
  enum sj_made made = sj_cgroup_make_paths(&b->cgroup, &c);
  if (made == SJ_LATER && sj_now() < h->until)
    return false;
  if (made == SJ_LATER) {
    errno = EBUSY;
    (void)sj_fail(&c, "rmdir", c.plan->section[SJ_CGROUP][c.index].str[1]);
  }
  if (made != SJ_MADE || sj_cgroup_make(&b->cgroup, &c) != 0)
    sj_kill_box(l, b);
  return true;
}

void sj_try_pending_starts(struct sj_launcher *l) {
  for (struct heir **at = &heirs; *at != NULL;) {
    struct heir *h = *at;
    if (!try_again(l, h)) {
      at = &h->next;
      continue;
    }
    *at = h->next;
    close(h->control);
    free(h);
  }
}
