/* How a run has ended: for people, for a report, and as the end of this process. */
#ifndef SJ_PREFIX_OUTCOME_H
#define SJ_PREFIX_OUTCOME_H

#include "protocol/frozen.h"
#include "protocol/transport.h"

struct sj_outcome {
  bool started;
  uint64_t setup; /* ns */
  uint32_t how;   /* SJ_BY_*, once it has ended */
  uint32_t status;
};

/* Says why nothing was started; the exit status. */
int sj_say_refusal(const struct sj_frozen *f, const struct sj_message *m, const char *program, int report);
/* Takes SJ_EXITED and writes the report to a descriptor, if it is one. 0, or -1 after it was said what is wrong. */
int sj_take_end(const struct sj_frozen *f, const struct sj_message *m, struct sj_outcome *o, int report);
/* Ends this process as the program has ended. */
_Noreturn void sj_end_like(const struct sj_outcome *o);

#endif
