/* What Java would send the launcher for one start. */
#ifndef SJ_PREFIX_REQUEST_H
#define SJ_PREFIX_REQUEST_H

#include "protocol/frozen.h"

struct sj_prefix_program {
  char **words;     /* the program and its arguments, then NULL */
  char **variables; /* NAME=VALUE that are added to or replace those of the policy, then NULL */
  const char *directory; /* NULL: the policy's */
};

enum { SJ_PREFIX_RUN = 3 }; /* the id of the only start */

/* Sends everything up to the start. `streams` become the program's standard streams. 0, or -1 after it was said why not. */
int sj_send_start(int socket, struct sj_frozen *f, uint64_t base, int lock, const int streams[3], const struct sj_prefix_program *program);

#endif
