/* The plans that Java has sent. */
#ifndef SJ_LAUNCHER_PLANS_H
#define SJ_LAUNCHER_PLANS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/decode.h"

struct sj_plan_entry {
  struct sj_plan_entry *next;
  uint64_t id;
  struct sj_plan plan;
  uint8_t *bytes; /* what the plan's strings point into */
  int fds[SJ_FDS_MAX];
  uint32_t nfds;
  unsigned users; /* sandboxes that still need it */
  bool dropped;   /* Java has no more use for it */
};

struct sj_plan_entry *sj_find_plan(uint64_t id);
void sj_add_plan(struct sj_plan_entry *p);
/* Forgets it; it goes when no sandbox needs it any more. */
void sj_drop_plan(struct sj_plan_entry *p);
void sj_use_plan(struct sj_plan_entry *p);
void sj_leave_plan(struct sj_plan_entry *p);

#endif
