/* Asking Java what a configuration means on this host, in the context of this process. */
#ifndef SJ_RUNTIME_COMPILE_H
#define SJ_RUNTIME_COMPILE_H

#include "runtime/container.h"

/*
 * Reads the bundle's config.json, keeps it and the answer in the container's directory, and decodes that. `preserved` descriptors go to
 * the program beside the first three. 0, or -1 after sj_error.
 */
int sj_compile(struct sj_container *c, const char *bundle, unsigned preserved);
/*
 * What a further program of the container is: by a file with its process as JSON, or by its words, which end with NULL, and what is else
 * said of it. Nothing is kept. 0, or -1 after sj_error.
 */
struct sj_further {
  const char *process; /* NULL for words */
  const char *const *words;
  const char *directory; /* "" as the container's, as the others are */
  const char *user;
  const char *const *variables;
  bool terminal;
};
int sj_compile_further(const struct sj_container *c, const struct sj_further *what, unsigned preserved, struct sj_compiled *out);
/* What limits are, by resources of a configuration (JSON) that lie over the container's own. Nothing else is kept of them. 0, or -1 after sj_error. */
int sj_compile_update(struct sj_container *c, const char *resources, struct sj_update *out);

#endif
