/* The pseudo terminal of a program. */
#ifndef SJ_PROGRAM_TERMINAL_H
#define SJ_PROGRAM_TERMINAL_H

#include "program/context.h"

/* A new one, of the size that the start asks for. 0, or -1 after sj_fail; `master` and `slave` are set to what is open then. */
int sj_open_terminal(struct sj_context *c, int *master, int *slave);

#endif
