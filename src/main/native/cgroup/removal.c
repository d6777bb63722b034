#define _GNU_SOURCE
#include "cgroup/removal.h"

#include <stdlib.h>

#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/root.h"
#include "kernel/syscalls.h"

static const uint64_t PAUSE = 2000000; /* ns */

struct grave {
  struct grave *next;
  uint64_t box;
  uint64_t not_before;
  uint32_t hierarchies;   /* a bit each */
  struct sj_named *named; /* SJ_HIERARCHIES_MAX of them; NULL for those that are named by the box */
};

static struct grave *graves;
static unsigned count; /* graves */

void sj_cgroup_bury(struct sj_cgroup *of) {
  uint32_t from = 0, hierarchies = 0;
  for (const struct sj_op *op; (op = sj_cgroup_find(of, SJ_OP_CGROUP, &from)) != NULL;)
    hierarchies |= 1u << op->num[0];
  for (unsigned i = 0; of->named != NULL && i < SJ_HIERARCHIES_MAX; i++)
    if (of->named[i].base != NULL)
      hierarchies |= 1u << i;
  struct grave *g = hierarchies == 0 ? NULL : malloc(sizeof *g);
  if (g == NULL)
    return; /* out of memory: it is left to the area's end, or to the next who wants its path */
  *g = (struct grave){graves, of->id, 0, hierarchies, of->named};
  of->named = NULL;
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

bool sj_cgroup_is_dying(const struct sj_op *op) {
  uint32_t hierarchy = (uint32_t)op->num[0];
  for (struct grave *g = graves; g != NULL; g = g->next)
    if (g->named != NULL && (g->hierarchies & 1u << hierarchy) != 0 && sj_named_same(&g->named[hierarchy], op))
      return !bury(g, hierarchy);
  return false;
}
