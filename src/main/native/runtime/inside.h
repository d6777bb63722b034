/* The process of a container, from its clone to the execve(2) of its program, which it becomes itself. */
#ifndef SJ_RUNTIME_INSIDE_H
#define SJ_RUNTIME_INSIDE_H

#include "program/context.h"
#include "runtime/container.h"

/* What it knows beside its context, whose `further` has the gate first, and then the console socket if there is one. Before the clone; `c` has to stay. */
void sj_inside_is_of(const struct sj_container *c);
/* For sj_context.inside. */
void sj_be_inside(struct sj_context *c, int sync);

/*
 * Before the process of a further program is made, by who is in the container's namespaces but has no number there. A program inside that
 * has CAP_SYS_PTRACE can stop, read and take over whatever has one, so that what is born there has its program's descriptors, credentials
 * and capabilities already, and where other steps follow the filters, those too. 0, or -1 after sj_fail.
 */
int sj_prepare_further(struct sj_context *c);
/* The process itself: what only it can do. */
_Noreturn void sj_be_further(struct sj_context *c);

#endif
