/* Rules that a program can't shed, for files, ports and scopes: landlock(7). */
#ifndef SJ_PROGRAM_LANDLOCK_H
#define SJ_PROGRAM_LANDLOCK_H

#include "program/context.h"

int sj_do_landlock(struct sj_context *c, const struct sj_op *op);
/* The version of the interface that the kernel offers, 0 for none. */
uint32_t sj_landlock_abi(void);

#endif
