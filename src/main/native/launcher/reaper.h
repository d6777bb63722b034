/* Dead children, and what becomes of a sandbox when its processes are gone. */
#ifndef SJ_LAUNCHER_REAPER_H
#define SJ_LAUNCHER_REAPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* Tells Java the end and forgets the sandbox, if none of its own processes is left. */
void sj_conclude(struct sj_launcher *l, struct sj_sandbox *b);
/* Collects every dead child: a walk over all. */
void sj_reap(struct sj_launcher *l);
/* Collects this one; false if it is not there, or not dead. */
bool sj_reap_one(struct sj_launcher *l, pid_t pid);
/* Kills orphans that a dead supervisor left to us. */
void sj_kill_orphans(struct sj_launcher *l);
/* After its messages were read: concludes a sandbox whose supervisor had died before it was known. The sandbox may be gone then. */
void sj_conclude_if_gone(struct sj_launcher *l, struct sj_sandbox *b);
/* The template has not made a supervisor for it, and will not. */
void sj_template_failed(struct sj_launcher *l, struct sj_sandbox *b);

#endif
