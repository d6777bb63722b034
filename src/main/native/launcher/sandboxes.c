#define _GNU_SOURCE
#include "launcher/sandboxes.h"

#include <stdlib.h>
#include <unistd.h>

#include "cgroup/path.h"

enum { BUCKETS = 512 };

static struct sj_sandbox *sandboxes[BUCKETS];
static unsigned count;

struct sj_sandbox *sj_new_sandbox(uint64_t id) {
  struct sj_sandbox *b = calloc(1, sizeof *b);
  if (b == NULL)
    return NULL;
  b->id = b->cgroup.id = id;
  b->cgroup.supervisor = &b->supervisor;
  b->supervisor = b->outer_helper = b->template = -1;
  b->control = b->pidfd = -1;
  b->next = sandboxes[id % BUCKETS];
  sandboxes[id % BUCKETS] = b;
  count++;
  return b;
}

struct sj_sandbox *sj_find_sandbox(uint64_t id) {
  for (struct sj_sandbox *b = sandboxes[id % BUCKETS]; b != NULL; b = b->next)
    if (b->id == id)
      return b;
  return NULL;
}

/* Whose a process was when it was last noted: a guess, which need not be kept true. */
static uint64_t hints[8 * BUCKETS];

void sj_note_pid(const struct sj_sandbox *b, pid_t pid) {
  if (pid > 0)
    hints[(unsigned)pid % (8 * BUCKETS)] = b->id;
}

static bool is_of(const struct sj_sandbox *b, pid_t pid) {
  return b->owner == NULL && (b->supervisor == pid || b->outer_helper == pid);
}

struct sj_sandbox *sj_find_sandbox_by_pid(pid_t pid) {
  struct sj_sandbox *guess = sj_find_sandbox(hints[(unsigned)pid % (8 * BUCKETS)]);
  if (guess != NULL && is_of(guess, pid))
    return guess;
  for (unsigned i = 0; i < BUCKETS; i++)
    for (struct sj_sandbox *b = sandboxes[i]; b != NULL; b = b->next)
      if (is_of(b, pid))
        return b;
  return NULL;
}

void sj_remove_sandbox(struct sj_sandbox *b) {
  for (struct sj_sandbox **at = &sandboxes[b->id % BUCKETS]; *at != NULL; at = &(*at)->next) {
    if (*at != b)
      continue;
    *at = b->next;
    break;
  }
  if (b->owner != NULL)
    b->owner->execed--;
  if (b->plan != NULL)
    sj_leave_plan(b->plan);
  if (b->control >= 0)
    close(b->control);
  if (b->pidfd >= 0)
    close(b->pidfd);
  free(b->last);
  for (unsigned i = 0; b->cgroup.paths != NULL && i < SJ_HIERARCHIES_MAX; i++)
    sj_cgroup_path_forget(&b->cgroup.paths[i]);
  free(b->cgroup.paths);
  free(b);
  count--;
}

void sj_each_sandbox(void (*visit)(struct sj_sandbox *, void *), void *data) {
  for (unsigned i = 0; i < BUCKETS; i++)
    for (struct sj_sandbox *b = sandboxes[i], *next; b != NULL; b = next) {
      next = b->next;
      visit(b, data);
    }
}

unsigned sj_sandbox_count(void) {
  return count;
}
