/*
 * What has been mounted where something else is placed below. Who may write to a shared root may exchange the directory that a mount is
 * on with another one, and the mount goes along: a mask that is then looked for by the old path would miss it, or cover another file.
 */
#ifndef SJ_SETUP_MOUNTED_H
#define SJ_SETUP_MOUNTED_H

#include <sys/stat.h>

#include "program/context.h"

/* `st` is that of the mount's root; what was known of the path and below is forgotten. 0, or -1 with errno. */
int sj_remember_mount(struct sj_context *c, const struct sj_op *op, const char *path, const struct stat *st);
/* The innermost that `path` is or is below, or NULL; `rest` is then what follows, without a slash at its beginning. */
const struct sj_mounted *sj_mount_above(const struct sj_context *c, const char *path, const char **rest);
/* Whether `fd` is that mount's root; if not, errno is ESTALE. */
bool sj_is_mount(const struct sj_mounted *m, int fd);

#endif
