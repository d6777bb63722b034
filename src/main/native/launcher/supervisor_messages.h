/* What supervisors say, and what becomes of a sandbox when its processes are gone. */
#ifndef SJ_LAUNCHER_SUPERVISOR_MESSAGES_H
#define SJ_LAUNCHER_SUPERVISOR_MESSAGES_H

#include "launcher/event_loop.h"
#include "launcher/sandboxes.h"

/* Reads all that the supervisor of `b` (or its stage) has sent so far. */
void sj_read_news(struct sj_launcher *l, struct sj_box *b);
/* Tells Java the end and forgets the sandbox, if none of its own processes is left. */
void sj_conclude(struct sj_launcher *l, struct sj_box *b);
/* Collects every dead child: a walk over all. */
void sj_reap(struct sj_launcher *l);
/* Collects this one; false if it is not there, or not dead. */
bool sj_reap_one(struct sj_launcher *l, pid_t pid);
/* Kills orphans that a dead supervisor left to us. */
void sj_kill_strays(struct sj_launcher *l);

/* After news were read: concludes a box whose supervisor had died before it was known. The box may be gone then. */
void sj_settle(struct sj_launcher *l, struct sj_box *b);
/* The template has not made a supervisor for it, and will not. */
void sj_template_failed(struct sj_launcher *l, struct sj_box *b);

#endif
