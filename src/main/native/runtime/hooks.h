/* Programs at points of a container's life (config.md, "POSIX-platform Hooks"). */
#ifndef SJ_RUNTIME_HOOKS_H
#define SJ_RUNTIME_HOOKS_H

#include "protocol/compiled.h"
#include "program/context.h"

enum { SJ_HOOK_WORDS = 480 };

/*
 * Runs those of a point in order, each with `state` as its input, in the directory `where` ("" stays). With `confined`, which is the
 * context of the container's process, they get the filters of its program. -1 with the reason in `why` when one has failed; the rest is
 * not run then, unless `all`.
 */
int sj_run_hooks(const struct sj_compiled *of, enum sj_hook_point point, const char *state, const char *where, struct sj_context *confined,
                 bool all, char why[SJ_HOOK_WORDS]);

#endif
