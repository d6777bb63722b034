/* Processes from one cgroup of v2 into another. */
#ifndef SJ_CGROUP_MOVES_H
#define SJ_CGROUP_MOVES_H

#include <stdbool.h>

/* Every process, again until none is left: they may fork meanwhile. */
bool sj_cgroup_move_all(const char *from, const char *to);

#endif
