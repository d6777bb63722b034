#define _GNU_SOURCE
#include "launcher/plans.h"

#include <stdlib.h>
#include <unistd.h>

enum { BUCKETS = 512 };

static struct sj_plan_entry *plans[BUCKETS];

struct sj_plan_entry *sj_find_plan(uint64_t id) {
  for (struct sj_plan_entry *p = plans[id % BUCKETS]; p != NULL; p = p->next)
    if (p->id == id)
      return p;
  return NULL;
}

void sj_add_plan(struct sj_plan_entry *p) {
  p->next = plans[p->id % BUCKETS];
  plans[p->id % BUCKETS] = p;
}

static void free_if_unused(struct sj_plan_entry *p) {
  if (p->users > 0 || !p->dropped)
    return;
  for (uint32_t i = 0; i < p->nfds; i++)
    close(p->fds[i]);
  sj_free_plan(&p->plan);
  free(p->bytes);
  free(p);
}

void sj_drop_plan(struct sj_plan_entry *p) {
  struct sj_plan_entry **at = &plans[p->id % BUCKETS];
  while (*at != p)
    at = &(*at)->next;
  *at = p->next;
  p->dropped = true;
  free_if_unused(p);
}

void sj_use_plan(struct sj_plan_entry *p) {
  p->users++;
}

void sj_leave_plan(struct sj_plan_entry *p) {
  p->users--;
  free_if_unused(p);
}
