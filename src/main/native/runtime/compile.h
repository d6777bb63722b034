/* Asking Java what a configuration means on this host, in the context of this process. */
#ifndef SJ_RUNTIME_COMPILE_H
#define SJ_RUNTIME_COMPILE_H

#include "runtime/container.h"

/*
 * Reads the bundle's config.json, keeps it and the answer in the container's directory, and decodes that. `preserved` descriptors go to
 * the program beside the first three. 0, or -1 after sj_error.
 */
int sj_compile(struct sj_container *c, const char *bundle, unsigned preserved);

#endif
