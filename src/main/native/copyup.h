/* What a file system in memory takes over from the directory that it covers. */
#ifndef SJ_COPYUP_H
#define SJ_COPYUP_H

#include <stdbool.h>

#include "context.h"

/* `over` is the root of the new file system, `under` the directory. */
int sj_copy_up(struct sj_context *c, int under, int over, bool mode, bool content, const char *path);

#endif
