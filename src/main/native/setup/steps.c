#define _GNU_SOURCE
#include "setup/steps.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fds.h"
#include "setup/layers.h"
#include "setup/operations.h"

/* Who waits for the end of a socket must not hold the other end of it, nor anything of another sandbox. */
int sj_keep_own_descriptors(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  int keep[2 * SJ_FDS_MAX + SJ_SLOTS_MAX + SJ_FURTHER_MAX + 8];
  unsigned n = 0;
  if (c->launcher_end >= 0)
    close(c->launcher_end);
  if (sj_raise(&c->control) != 0 || sj_raise(&c->proc) != 0 || sj_raise(&s->sync) != 0)
    return sj_fail(c, "fcntl(F_DUPFD)", "");
  keep[n++] = c->control;
  keep[n++] = c->proc;
  keep[n++] = s->sync;
  for (uint32_t i = 0; i < c->start->nfds; i++)
    keep[n++] = c->fds[i];
  for (uint32_t i = 0; i < c->nplan_fds && i < SJ_FDS_MAX; i++)
    keep[n++] = c->plan_fds[i];
  for (uint32_t i = 0; i < SJ_SLOTS_MAX; i++)
    if (c->slots[i] >= 0)
      keep[n++] = c->slots[i];
  for (unsigned i = 0; i < c->nfurther; i++)
    keep[n++] = c->further[i];
  if (sj_close_others(c->proc, 3, keep, n) != 0)
    return sj_fail(c, "close_range", "");
  sj_at(c, SJ_IN_CLONE, 0, 1); /* not before: it may be told to end here, and wait for that at the socket */
  sj_done(c);
  return 0;
}

int sj_enter_namespaces(struct sj_supervisor *s) {
  uint64_t later = s->c->plan->clone_flags & SJ_CLONE_LATER;
  sj_at(s->c, SJ_IN_CLONE, 0, 4);
  return later == 0 || unshare((int)later) == 0 ? 0 : sj_fail(s->c, "unshare", "");
}

int sj_open_root(struct sj_supervisor *s) {
  s->c->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (s->c->root < 0)
    return sj_fail(s->c, "open", "/");
  sj_done(s->c);
  return 0;
}

int sj_run_outer_section(struct sj_supervisor *s) {
  bool done = (s->c->plan->flags & SJ_PLAN_OUTER_HELPER) || s->c->templated;
  return done ? 0 : sj_run_section(s->c, SJ_OUTER);
}

/* Nothing so far needed a mapped id: whoever writes the maps was doing so meanwhile. If that has failed, it has said so. */
int sj_await_id_maps(struct sj_supervisor *s) {
  char byte;
  if (s->sync < 0)
    return 0;
  int result = sj_awaits_layers(s->c) ? sj_take_layers(s->c, s->sync) : read(s->sync, &byte, 1) == 1 ? 0 : -1;
  if (result == 0)
    close(s->sync);
  return result;
}

int sj_run_set_up_section(struct sj_supervisor *s) {
  int result = sj_run_section(s->c, SJ_SETUP);
  if (s->c->sysctl >= 0)
    close(s->c->sysctl);
  s->c->sysctl = -1;
  return result;
}
