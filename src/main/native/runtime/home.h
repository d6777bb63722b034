#ifndef SJ_RUNTIME_HOME_H
#define SJ_RUNTIME_HOME_H

#include "program/context.h"

/* Other runtimes give a program HOME where its configuration does not: what /etc/passwd of the container says of its user, or "/". */
void sj_give_home(struct sj_context *c);

#endif
