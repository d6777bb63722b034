/* Ending sandboxes. */
#ifndef SJ_LAUNCHER_KILL_H
#define SJ_LAUNCHER_KILL_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* Ends the whole sandbox, or one exec'd process. */
void sj_kill_sandbox(struct sj_launcher *l, struct sj_sandbox *b);
/* Kills the supervisor if it has not ended in two seconds. */
void sj_limit_patience(struct sj_launcher *l, struct sj_sandbox *b);

#endif
