/* What a supervisor does once there are processes below it: it reaps them, runs more of them, and ends them all. */
#ifndef SJ_SETUP_INIT_H
#define SJ_SETUP_INIT_H

#include <stdbool.h>

#include "program/exec.h"
#include "protocol/transport.h"

struct sj_execed;

struct sj_supervisor {
  struct sj_context *c;
  struct sj_program main;
  struct sj_execed *execed;
  int signals;
  int sync; /* gives a byte, or descriptors, once the id maps are written; -1 without */
  bool paused; /* nothing of the sandbox's own runs yet */
  bool warm; /* the main process awaits its program, or has got it */
  bool main_gone;
  bool ending; /* everything is being ended: who asked for that waits for the supervisor too */
};

/* Sends SJ_STARTED or SJ_READY, with what the set-up took, and closes the descriptors of `p`. 0, or -1. */
int sj_report_program(struct sj_context *c, uint16_t type, const struct sj_program *p, int inside);
/* Runs what SJ_EXEC asks for until a message of that type comes. False when there is nothing to wait for any more. */
bool sj_await_message(struct sj_supervisor *s, uint16_t type, struct sj_message *m);
/* Until the main process has ended, or the launcher wants an end. */
_Noreturn void sj_run_init(struct sj_supervisor *s);
/* Ends everything below, and this process. */
_Noreturn void sj_end_all(struct sj_supervisor *s);

#endif
