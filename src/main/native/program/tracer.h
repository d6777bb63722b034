/* Watching every system call of a program and of all it starts, by tracing: unlike a listener, that undoes no call when a signal comes. */
#ifndef SJ_PROGRAM_TRACER_H
#define SJ_PROGRAM_TRACER_H

#include "program/context.h"

/* Makes the process that traces, and gives Java the pipe that it tells through. Nothing without SJ_PLAN_OBSERVE. */
int sj_begin_tracer(struct sj_context *c);

/* In the program, while it still is what its tracer is: comes back traced. */
int sj_be_traced(struct sj_context *c);

/* In the supervisor, once the program runs: lets go of the tracer, which ends with the last process that it traces. */
void sj_release_tracer(struct sj_context *c);

#endif
