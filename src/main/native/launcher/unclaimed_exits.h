/* Supervisors that have died before it was known whose they are. */
#ifndef SJ_LAUNCHER_UNCLAIMED_EXITS_H
#define SJ_LAUNCHER_UNCLAIMED_EXITS_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* False when there is no memory for it. */
bool sj_early_note(pid_t pid, int status, const struct rusage *usage);
/* Takes it out; false if it was not noted. */
bool sj_early_take(pid_t pid, int *status, struct rusage *usage);
/* When no supervisor is awaited: whatever has died was none. */
void sj_early_forget(void);

#endif
