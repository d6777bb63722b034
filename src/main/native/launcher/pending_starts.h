/* Starts that wait for the path of their cgroup, which a sandbox that has ended or a dead launcher still has. */
#ifndef SJ_LAUNCHER_PENDING_STARTS_H
#define SJ_LAUNCHER_PENDING_STARTS_H

#include <stdbool.h>

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"
#include "program/context.h"

/* Makes the cgroups, now or once the paths are free. 0, or -1 after sj_fail on `c`. */
int sj_make_cgroups(struct sj_sandbox *b, struct sj_context *c);
bool sj_starts_pending(void);
/* Goes on with those whose paths are free, and ends those that have waited too long. */
void sj_try_pending_starts(struct sj_launcher *l);

#endif
