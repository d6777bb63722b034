/* Filters on system calls: installed last, since from then on they hold for us too. */
#ifndef SJ_PROGRAM_SECCOMP_H
#define SJ_PROGRAM_SECCOMP_H

#include "program/context.h"

/* Every SECCOMP operation of the PROCESS section, in order. Failures are left to the supervisor to tell. */
int sj_install_filters(struct sj_context *c);

#endif
