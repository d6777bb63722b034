#define _GNU_SOURCE
#include "launcher/sandboxes.h"

#include <stdlib.h>
#include <unistd.h>

#include "cgroup/path.h"

enum { BUCKETS = 512 };

static struct sj_box *boxes[BUCKETS];
static unsigned count;

struct sj_box *sj_new_box(uint64_t id) {
  struct sj_box *b = calloc(1, sizeof *b);
  if (b == NULL)
    return NULL;
  b->id = b->cgroup.id = id;
  b->cgroup.supervisor = &b->supervisor;
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
  if (b->plan != NULL)
    sj_leave_plan(b->plan);
  if (b->control >= 0)
    close(b->control);
  if (b->pidfd >= 0)
    close(b->pidfd);
  free(b->last);
  free(b->sources);
  for (unsigned i = 0; b->cgroup.named != NULL && i < SJ_HIERARCHIES_MAX; i++)
    sj_named_forget(&b->cgroup.named[i]);
  free(b->cgroup.named);
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
