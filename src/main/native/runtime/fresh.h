#ifndef SJ_RUNTIME_FRESH_H
#define SJ_RUNTIME_FRESH_H

#include "runtime/container.h"

/* A new container, locked. What a create that was killed has left is removed first. 0, or -1 after sj_error. */
int sj_container_make(struct sj_container *c, int root, const char *id);

#endif
