/*
 * One direction of a connection: bytes go from socket to socket through a pipe (splice(2)) and not into this process's memory, but for those
 * that Java was shown and those at which splice(2) stops, because urgent data follows.
 */
#ifndef SJ_RELAY_FLOW_H
#define SJ_RELAY_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sj_flow {
  int pipe[2]; /* -1 while nothing is held */
  size_t held; /* bytes in the pipe */
  const uint8_t *first; /* what goes before all else */
  size_t nfirst;
  bool urgent; /* the kernel has told of urgent data */
  uint64_t passed;
  uint64_t *left; /* how many more may come in, shared by several; NULL for any number */
  bool ended; /* nothing more comes */
  bool shut;  /* and the other side was told */
};

void sj_flow_init(struct sj_flow *f);
/* Moves what can be moved now. 0, or an error number: EMFILE and ENFILE say that it can go on when there are descriptors. `more` is set if there was more than one turn takes. */
int sj_flow_move(struct sj_flow *f, int from, int to, bool *more);
void sj_flow_free(struct sj_flow *f);

#endif
