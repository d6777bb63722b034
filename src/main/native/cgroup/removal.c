#define _GNU_SOURCE
#include "cgroup/removal.h"

#include <stdlib.h>

#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/root.h"
#include "kernel/syscalls.h"

static const uint64_t PAUSE = 2000000; /* ns */

struct removal {
  struct removal *next;
  uint64_t sandbox;
  uint64_t not_before;
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
  *g = (struct removal){removals, of->id, 0, hierarchies, of->paths};
  of->paths = NULL;
  removals = g;
  count++;
}

static bool remove_from(struct removal *g, uint32_t hierarchy) {
  char name[SJ_CGROUP_NAME_SIZE];
  sj_cgroup_name(g->sandbox, name);
  if (!(g->paths != NULL ? sj_cgroup_path_remove(&g->paths[hierarchy]) : sj_cgroup_root_remove(hierarchy, name)))
    return false;
  g->hierarchies &= ~(1u << hierarchy);
  return true;
}

unsigned sj_cgroup_removals(void) {
  return count;
}

bool sj_cgroup_remove_one(void) {
  uint64_t now = removals == NULL ? 0 : sj_now();
  for (struct removal **at = &removals; *at != NULL; at = &(*at)->next) {
    struct removal *g = *at;
    if (g->not_before > now)
      continue;
    if (g->hierarchies != 0 && !remove_from(g, (uint32_t)__builtin_ctz(g->hierarchies))) {
      g->not_before = now + PAUSE; /* processes are still on their way out of it */
      continue;
    }
    if (g->hierarchies == 0) {
      *at = g->next;
      free(g->paths);
      free(g);
      count--;
    }
    return true;
  }
  return false;
}

bool sj_cgroup_is_being_removed(const struct sj_op *op) {
  uint32_t hierarchy = (uint32_t)op->num[0];
  for (struct removal *g = removals; g != NULL; g = g->next)
    if (g->paths != NULL && (g->hierarchies & 1u << hierarchy) != 0 && sj_cgroup_path_is(&g->paths[hierarchy], op))
      return !remove_from(g, hierarchy);
  return false;
}
