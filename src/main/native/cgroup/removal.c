#define _GNU_SOURCE
#include "cgroup/removal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/path.h"
#include "cgroup/root.h"
#include "cgroup/setup.h"
#include "kernel/syscalls.h"
#include "launcher/requests.h"

enum { CGROUP = 3 };
static const uint64_t PAUSE = 2000000;      /* ns */
static const uint64_t PATIENCE = 2000000000; /* ns, until somebody who wants the path of a grave is refused it */

struct grave {
  struct grave *next;
  uint64_t box;
  uint64_t not_before;
  uint32_t hierarchies;   /* a bit each */
  struct sj_named *named; /* SJ_HIERARCHIES_MAX of them; NULL for those that are named by the box */
};

/* A start that waits for a path. Its supervisor waits for the entry meanwhile. */
struct heir {
  struct heir *next;
  uint64_t box;
  uint64_t until;
  int control; /* the supervisor's end of its socket, by which a failure is told */
};

static struct grave *graves;
static struct heir *heirs;
static unsigned count; /* graves */

/* ---------------------------------------------------------------- removing */

void sj_grave_dig(struct sj_box *b, uint32_t hierarchies) {
  for (unsigned i = 0; b->named != NULL && i < SJ_HIERARCHIES_MAX; i++)
    if (b->named[i].base != NULL)
      hierarchies |= 1u << i;
  struct grave *g = hierarchies == 0 ? NULL : malloc(sizeof *g);
  if (g == NULL)
    return; /* out of memory: it is left to the area's end, or to the next who wants its path */
  *g = (struct grave){graves, b->id, 0, hierarchies, b->named};
  b->named = NULL;
  graves = g;
  count++;
}

static bool bury(struct grave *g, uint32_t hierarchy) {
  char name[SJ_BOX_NAME_SIZE];
  sj_cgroup_name(g->box, name);
  if (!(g->named != NULL ? sj_named_remove(&g->named[hierarchy]) : sj_area_remove(hierarchy, name)))
    return false;
  g->hierarchies &= ~(1u << hierarchy);
  return true;
}

unsigned sj_graves(void) {
  return count;
}

bool sj_grave_bury_one(void) {
  uint64_t now = graves == NULL ? 0 : sj_now();
  for (struct grave **at = &graves; *at != NULL; at = &(*at)->next) {
    struct grave *g = *at;
    if (g->not_before > now)
      continue;
    if (g->hierarchies != 0 && !bury(g, (uint32_t)__builtin_ctz(g->hierarchies))) {
      g->not_before = now + PAUSE; /* processes are still on their way out of it */
      continue;
    }
    if (g->hierarchies == 0) {
      *at = g->next;
      free(g->named);
      free(g);
      count--;
    }
    return true;
  }
  return false;
}

/* ---------------------------------------------------------------- making */

/* Whether the path is that of a sandbox of ours that has ended, and can't be removed yet. */
static bool is_grave(const struct sj_op *op) {
  uint32_t hierarchy = (uint32_t)op->num[0];
  for (struct grave *g = graves; g != NULL; g = g->next)
    if (g->named != NULL && (g->hierarchies & 1u << hierarchy) != 0 && sj_named_same(&g->named[hierarchy], op))
      return !bury(g, hierarchy);
  return false;
}

static bool write_text(int dir, const char *file, const char *text) {
  int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && write(fd, text, strlen(text)) >= 0;
  if (fd >= 0)
    close(fd);
  return good;
}

/* The processes of a launcher that was killed died with it, unless they were frozen; which may be by another hierarchy than the one asked for. */
static void thaw_leftovers(const struct sj_plan *plan) {
  const struct sj_op *op = plan->section[CGROUP];
  int leaf[SJ_HIERARCHIES_MAX];
  for (unsigned i = 0; i < SJ_HIERARCHIES_MAX; i++)
    leaf[i] = -1;
  for (uint32_t i = 0; i < plan->count[CGROUP]; i++)
    if (op[i].code == SJ_OP_CGROUP_AT && leaf[op[i].num[0]] < 0)
      leaf[op[i].num[0]] = sj_named_leftover(&op[i], sj_area_directory(op[i].num[0]));
  for (uint32_t i = 0; i < plan->count[CGROUP]; i++)
    if (op[i].code == SJ_OP_CGROUP_KILL && (op[i].flags & SJ_SELF) && leaf[op[i].num[0]] >= 0)
      (void)write_text(leaf[op[i].num[0]], op[i].str[0], op[i].str[1]); /* what it does not do shows when it can't be removed */
  for (unsigned i = 0; i < SJ_HIERARCHIES_MAX; i++)
    if (leaf[i] >= 0)
      close(leaf[i]);
}

static enum sj_made make_one(struct sj_box *b, struct sj_context *c, const struct sj_op *op) {
  struct sj_named *n = &b->named[op->num[0]];
  int area = sj_area_directory(op->num[0]);
  if (n->base != NULL)
    return SJ_MADE; /* before another had to be waited for */
  if (area < 0) {
    errno = ENODEV;
    (void)sj_fail(c, "area", "");
    return SJ_NOT_MADE;
  }
  if (is_grave(op))
    return SJ_LATER;
  if (sj_named_make(n, op, area) == 0)
    return SJ_MADE;
  if (errno == EBUSY) {
    thaw_leftovers(c->plan);
    return SJ_LATER;
  }
  (void)sj_fail(c, n->call, n->what);
  return SJ_NOT_MADE;
}

enum sj_made sj_grave_make(struct sj_box *b, struct sj_context *c) {
  const struct sj_op *op = c->plan->section[CGROUP];
  enum sj_made made = SJ_MADE;
  for (uint32_t i = 0; i < c->plan->count[CGROUP] && made == SJ_MADE; i++, op++) {
    if (op->code != SJ_OP_CGROUP_AT)
      continue;
    sj_cgroup_at(c, b, i);
    if (b->named == NULL && (b->named = calloc(SJ_HIERARCHIES_MAX, sizeof *b->named)) == NULL) {
      (void)sj_fail(c, "malloc", "");
      return SJ_NOT_MADE;
    }
    made = make_one(b, c, op);
  }
  return made;
}

int sj_grave_wait(const struct sj_box *b, struct sj_context *c) {
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

bool sj_grave_awaited(void) {
  return heirs != NULL;
}

/* Whether the start waits no more. */
static bool try_again(struct sj_launcher *l, const struct heir *h) {
  struct sj_box *b = sj_find_box(h->box);
  if (b == NULL || b->killed || b->plan == NULL)
    return true;
  struct sj_context c = {.id = b->id, .plan = &b->plan->plan, .control = h->control};
  enum sj_made made = sj_grave_make(b, &c);
  if (made == SJ_LATER && sj_now() < h->until)
    return false;
  if (made == SJ_LATER) {
    errno = EBUSY;
    (void)sj_fail(&c, "rmdir", c.plan->section[CGROUP][c.index].str[1]);
  }
  if (made != SJ_MADE || sj_cgroup_steps(l, b, &c) != 0)
    sj_kill_box(l, b);
  return true;
}

void sj_grave_try_again(struct sj_launcher *l) {
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
