/* Removal of a cgroup and of what a program with rights over it has made below it, however much and however deep that is. */
#ifndef SJ_CGROUP_SUBTREE_H
#define SJ_CGROUP_SUBTREE_H

#include <stdbool.h>

/* How far it has come; zeros before the first call. */
struct sj_cgroup_walk {
  bool below;     /* `at` is open: the cgroup itself, or one that many levels below it */
  int at;
  unsigned level;
};

enum sj_removed {
  SJ_GONE,  /* then the walk holds nothing open */
  SJ_LEFT,  /* there was more than one call takes on: the next goes on */
  SJ_STUCK, /* something is still in use */
};

enum sj_removed sj_cgroup_remove_in(int directory, const char *name, struct sj_cgroup_walk *walk);
void sj_cgroup_walk_end(struct sj_cgroup_walk *walk);

#endif
