/* The process of a program that is named later: everything is done that does not depend on it. */
#ifndef SJ_PROGRAM_WARM_H
#define SJ_PROGRAM_WARM_H

#include "program/exec.h"

/*
 * Returns at once; out->pidfd is the caller's. The channel, which is the start's first descriptor, is that process's alone from now on.
 * 0, or -1 after sj_fail.
 */
int sj_start_warm(struct sj_context *c, struct sj_program *out);

#endif
