/* Supervisors that have died before it was known whose they are. */
#ifndef SJ_LAUNCHER_UNCLAIMED_EXITS_H
#define SJ_LAUNCHER_UNCLAIMED_EXITS_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* False when there is no memory for it. */
bool sj_note_unclaimed_exit(pid_t pid, int status, const struct rusage *usage);
/* Takes it out; false if it was not noted. */
bool sj_take_unclaimed_exit(pid_t pid, int *status, struct rusage *usage);
/* When no supervisor is awaited: whatever has died was none. */
void sj_forget_unclaimed_exits(void);

#endif
