/* From supervisor to running program. */
#ifndef SJ_PAYLOAD_H
#define SJ_PAYLOAD_H

#include <sys/types.h>

#include "context.h"

struct sj_payload {
  pid_t pid; /* in the supervisor's pid namespace */
  int pidfd; /* -1 where the kernel has none */
  int master; /* of its pty, or -1 */
  uint64_t started;
};

/* Returns when the program is executing (or a probe is done). 0, or -1 after sj_fail. */
int sj_start_payload(struct sj_context *c, struct sj_payload *out);

#endif
