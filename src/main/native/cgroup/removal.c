#define _GNU_SOURCE
#include "cgroup/removal.h"

#include <stdlib.h>

#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/root.h"
#include "kernel/syscalls.h"

/* ns between looks at one that is in use: the first, which is what the kernel takes for the dead, and the last, of what never goes. */
static const uint64_t PAUSE = 2000000, PAUSE_MAX = 1000000000;

struct removal {
  struct removal *next;
  uint64_t sandbox;
  uint64_t not_before; /* by sj_now() */
  uint64_t pause; /* before it */
  struct sj_cgroup_walk walk; /* of one without paths */
  uint32_t hierarchies;   /* a bit each */
  struct sj_cgroup_path *paths; /* SJ_HIERARCHIES_MAX of them; NULL for those that have the sandbox's id for a name */
};

static struct removal *removals;
static unsigned count; /* removals */

void sj_cgroup_remove(struct sj_cgroup *of) {
  uint32_t from = 0, hierarchies = 0;
  for (const struct sj_op *op; (op = sj_cgroup_find(of, SJ_OP_CGROUP, &from)) != NULL;)
    hierarchies |= 1u << op->num[0];
  for (unsigned i = 0; of->paths != NULL && i < SJ_HIERARCHIES_MAX; i++)
    if (of->paths[i].base != NULL)
      hierarchies |= 1u << i;
  struct removal *g = hierarchies == 0 ? NULL : malloc(sizeof *g);
  if (g == NULL)
    return; /* out of memory: it is left until the cgroup root ends, or to the next who wants its path */
  *g = (struct removal){.next = removals, .sandbox = of->id, .hierarchies = hierarchies, .paths = of->paths};
  of->paths = NULL;
  removals = g;
  count++;
}

static enum sj_removed remove_from(struct removal *g, uint32_t hierarchy) {
  char name[SJ_CGROUP_NAME_SIZE];
  sj_cgroup_name(g->sandbox, name);
  enum sj_removed removed = g->paths != NULL ? sj_cgroup_path_remove(&g->paths[hierarchy]) : sj_cgroup_root_remove(hierarchy, name, &g->walk);
  if (removed == SJ_GONE)
    g->hierarchies &= ~(1u << hierarchy);
  return removed;
}

unsigned sj_cgroup_removals(void) {
  return count;
}

uint64_t sj_cgroup_until_removal(void) {
  uint64_t now = removals == NULL ? 0 : sj_now(), first = UINT64_MAX;
  for (struct removal *g = removals; g != NULL && first > now; g = g->next)
    first = g->not_before < first ? g->not_before : first;
  return removals == NULL ? UINT64_MAX : first > now ? first - now : 0;
}

static void postpone(struct removal *g, uint64_t now) {
  g->pause = g->pause == 0 ? PAUSE : 2 * g->pause < PAUSE_MAX ? 2 * g->pause : PAUSE_MAX;
  g->not_before = now + g->pause;
}

void sj_cgroup_remove_one(void) {
  uint64_t now = sj_now();
  struct removal **at = &removals, *g;
  while (*at != NULL && (*at)->not_before > now)
    at = &(*at)->next;
  if ((g = *at) == NULL)
    return;
  if (g->hierarchies != 0 && remove_from(g, (uint32_t)__builtin_ctz(g->hierarchies)) == SJ_STUCK)
    postpone(g, now);
  else
    g->pause = 0;
  if (g->hierarchies == 0) {
    *at = g->next;
    free(g->paths);
    free(g);
    count--;
  }
}

bool sj_cgroup_is_being_removed(const struct sj_op *op) {
  uint32_t hierarchy = (uint32_t)op->num[0];
  for (struct removal *g = removals; g != NULL; g = g->next)
    if (g->paths != NULL && (g->hierarchies & 1u << hierarchy) != 0 && sj_cgroup_path_is(&g->paths[hierarchy], op))
      return remove_from(g, hierarchy) != SJ_GONE;
  return false;
}
