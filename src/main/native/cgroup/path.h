/* Cgroups at paths that the caller has chosen: made anew, marked and locked as ours, and removed with the parents that had to be made. */
#ifndef SJ_CGROUP_PATH_H
#define SJ_CGROUP_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup/subtree.h"
#include "protocol/decode.h"

/* That of one sandbox in one hierarchy. */
struct sj_cgroup_path {
  char *base; /* where the path begins; "" is the cgroup root; NULL: there is none in this hierarchy */
  char *path; /* below it */
  char *mark; /* the attribute that tells others that Sandjar has made a cgroup */
  int top;    /* base, opened */
  int leaf;   /* the cgroup, opened and locked; -1 while there is none */
  uint32_t made; /* which of the path's components but the last were made by us */
  struct sj_cgroup_walk walk; /* of the removal */
  const char *call; /* what has failed, and where */
  char what[512];
};

/*
 * Makes the cgroup of an SJ_OP_CGROUP_AT, whose cgroup root is `root`. One that is there already is made again if a launcher that is dead has
 * left it: it has the mark, and nobody has it locked. 0, or -1 with errno, `call` and `what`; then nothing was made. EEXIST: it is
 * another's. EBUSY: it was left, and can't be removed yet.
 */
int sj_cgroup_path_make(struct sj_cgroup_path *n, const struct sj_op *op, int root);
/* Opens what a dead launcher has left there, and locks it; -1 if there is nothing of that kind. */
int sj_cgroup_path_leftover(const struct sj_op *op, int root);
/* SJ_GONE also when it is not ours any more. Then nothing is open. */
enum sj_removed sj_cgroup_path_remove(struct sj_cgroup_path *n);
bool sj_cgroup_path_is(const struct sj_cgroup_path *n, const struct sj_op *op);
/* Closes and frees; what was made stays. */
void sj_cgroup_path_forget(struct sj_cgroup_path *n);

#endif
