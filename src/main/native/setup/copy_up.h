/* What a file system in memory takes over from the directory that it covers. */
#ifndef SJ_SETUP_COPY_UP_H
#define SJ_SETUP_COPY_UP_H

#include <stdbool.h>

#include "program/context.h"

/* `over` is the root of the new file system, `under` the directory. */
int sj_copy_up(struct sj_context *c, int under, int over, bool mode, bool content, const char *path);

#endif
