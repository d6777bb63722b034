/* mount(2) and its remounts, for kernels without the mount API of Linux 5.2 and 5.12. */
#ifndef SJ_SETUP_MOUNTS_CLASSIC_H
#define SJ_SETUP_MOUNTS_CLASSIC_H

#include <stdbool.h>
#include <stdint.h>

#include "program/context.h"

/* 0 or -1 with errno. Targets and sources are descriptors, reached through c->proc. */
int sj_classic_mount(struct sj_context *c, const char *type, int target, const char *target_path, uint64_t attributes,
                     const struct sj_strv *options);
int sj_classic_bind(struct sj_context *c, int source, int target, const char *target_path);
/* Sets attributes on the mount at `target`, and with `recursive` on all mounts below it. */
int sj_classic_attributes(struct sj_context *c, int target, uint64_t attributes, bool recursive);

#endif
