/* What supervisors say. */
#ifndef SJ_LAUNCHER_SUPERVISOR_MESSAGES_H
#define SJ_LAUNCHER_SUPERVISOR_MESSAGES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* Reads all that the supervisor of `b` (or its outer helper) has sent so far. */
void sj_read_supervisor_messages(struct sj_launcher *l, struct sj_sandbox *b);

#endif
