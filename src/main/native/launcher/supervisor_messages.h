/* What supervisors say. */
#ifndef SJ_LAUNCHER_SUPERVISOR_MESSAGES_H
#define SJ_LAUNCHER_SUPERVISOR_MESSAGES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* Reads all that the supervisor of `b` (or its stage) has sent so far. */
void sj_read_news(struct sj_launcher *l, struct sj_box *b);

#endif
