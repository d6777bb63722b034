#define _GNU_SOURCE
#include "launcher/sandboxes.h"
#include "launcher/templates.h"

#include <stdlib.h>
#include <unistd.h>

enum { BUCKETS = 512 };

static struct sj_box *boxes[BUCKETS];
static struct sj_plan_entry *plans[BUCKETS];
static unsigned count;

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

void sj_drop_plan(uint64_t id) {
  for (struct sj_plan_entry **at = &plans[id % BUCKETS]; *at != NULL; at = &(*at)->next) {
    struct sj_plan_entry *p = *at;
    if (p->id != id)
      continue;
    *at = p->next;
    p->dropped = true;
    sj_template_drop(p);
    free_if_unused(p);
    return;
  }
}

void sj_use_plan(struct sj_box *b, struct sj_plan_entry *p) {
  b->plan = p;
  p->users++;
}

struct sj_box *sj_new_box(uint64_t id) {
  struct sj_box *b = calloc(1, sizeof *b);
  if (b == NULL)
    return NULL;
  b->id = id;
  b->supervisor = b->stage = b->template = -1;
  b->control = b->pidfd = -1;
  b->next = boxes[id % BUCKETS];
  boxes[id % BUCKETS] = b;
  count++;
  return b;
}

struct sj_box *sj_find_box(uint64_t id) {
  for (struct sj_box *b = boxes[id % BUCKETS]; b != NULL; b = b->next)
    if (b->id == id)
      return b;
  return NULL;
}

/* Whose a process was when it was last noted: a guess, which need not be kept true. */
static uint64_t hints[8 * BUCKETS];

void sj_note_pid(const struct sj_box *b, pid_t pid) {
  if (pid > 0)
    hints[(unsigned)pid % (8 * BUCKETS)] = b->id;
}

static bool is_of(const struct sj_box *b, pid_t pid) {
  return b->owner == NULL && (b->supervisor == pid || b->stage == pid);
}

struct sj_box *sj_find_box_by_pid(pid_t pid) {
  struct sj_box *guess = sj_find_box(hints[(unsigned)pid % (8 * BUCKETS)]);
  if (guess != NULL && is_of(guess, pid))
    return guess;
  for (unsigned i = 0; i < BUCKETS; i++)
    for (struct sj_box *b = boxes[i]; b != NULL; b = b->next)
      if (is_of(b, pid))
        return b;
  return NULL;
}

void sj_remove_box(struct sj_box *b) {
  for (struct sj_box **at = &boxes[b->id % BUCKETS]; *at != NULL; at = &(*at)->next) {
    if (*at != b)
      continue;
    *at = b->next;
    break;
  }
  if (b->owner != NULL)
    b->owner->further--;
  if (b->plan != NULL) {
    b->plan->users--;
    free_if_unused(b->plan);
  }
  if (b->control >= 0)
    close(b->control);
  if (b->pidfd >= 0)
    close(b->pidfd);
  free(b->last);
  free(b->sources);
  for (unsigned i = 0; b->named != NULL && i < SJ_HIERARCHIES_MAX; i++)
    sj_named_forget(&b->named[i]);
  free(b->named);
  free(b);
  count--;
}

void sj_each_box(void (*visit)(struct sj_box *, void *), void *data) {
  for (unsigned i = 0; i < BUCKETS; i++)
    for (struct sj_box *b = boxes[i], *next; b != NULL; b = next) {
      next = b->next;
      visit(b, data);
    }
}

unsigned sj_box_count(void) {
  return count;
}
