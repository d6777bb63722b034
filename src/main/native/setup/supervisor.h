/* The process above a sandbox's programs: pid 1 of its pid namespace, or a sub-reaper where there is none. */
#ifndef SJ_SETUP_SUPERVISOR_H
#define SJ_SETUP_SUPERVISOR_H

#include "program/context.h"

/* `sync` (or -1) gives a byte once the id maps are written. */
_Noreturn void sj_supervise(struct sj_context *c, int sync);

#endif
