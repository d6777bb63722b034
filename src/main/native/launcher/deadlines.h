/* When sandboxes have to end: by the clock, and by the CPU time that they have used. */
#ifndef SJ_LAUNCHER_DEADLINES_H
#define SJ_LAUNCHER_DEADLINES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* The program has begun: the clock runs from now on. */
void sj_begin_deadlines(struct sj_sandbox *b);
/* Ends what is due. */
void sj_check_deadlines(struct sj_launcher *l);
/* Milliseconds until then, rounded up; -1 if there is nothing to wait for. */
int sj_until_deadline(void);
/* Ends the sandbox for a reason, the first of which counts: at once, or with its stop signal and `grace` ns before. */
void sj_expire(struct sj_launcher *l, struct sj_sandbox *b, uint32_t why, uint64_t grace);

#endif
