/* The process of a container, from its clone to the execve(2) of its program, which it becomes itself. */
#ifndef SJ_RUNTIME_INSIDE_H
#define SJ_RUNTIME_INSIDE_H

#include "program/context.h"
#include "runtime/container.h"

/* What it knows beside its context, whose `further` has the gate first, and then the console socket if there is one. Before the clone; `c` has to stay. */
void sj_inside_is_of(const struct sj_container *c);
/* For sj_context.inside. */
void sj_be_inside(struct sj_context *c, int sync);

/* The process of a further program, which is in the container's namespaces already. */
_Noreturn void sj_be_further(struct sj_context *c);

#endif
