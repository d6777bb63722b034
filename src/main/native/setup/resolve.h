/* Guest paths: resolved beneath the new root by descriptor, so that no symbolic link in a hostile root leads out of it. */
#ifndef SJ_SETUP_RESOLVE_H
#define SJ_SETUP_RESOLVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "program/context.h"

/* An O_PATH descriptor of what `path` leads to, links followed as if the root were the process's own. -1 with errno. */
int sj_resolve(struct sj_context *c, const char *path);
/* The same, but a last component that is a symbolic link is refused with ELOOP. */
int sj_resolve_itself(struct sj_context *c, const char *path);
/*
 * An O_PATH descriptor of the directory that holds `path`, missing directories made 0755; `name` gets the last component. EXDEV if a link
 * leads into another mount than the root's that is not the sandbox's own memory.
 */
int sj_resolve_parent(struct sj_context *c, const char *path, char name[256]);
/*
 * sj_resolve, after making what is missing, also where a link leads: a directory or an empty file as `kind` says, type and permissions,
 * and directories 0755 above it. Without `create` that is only done in the sandbox's own memory (sj_remember_own); with it everywhere but
 * where a link leads into another mount than the root's, EXDEV. `made` says whether the last component is new.
 */
int sj_resolve_or_create(struct sj_context *c, const char *path, mode_t kind, bool create, bool *made);
/* File systems that were made for the sandbox: nothing of the host can be in them. */
void sj_remember_own(struct sj_context *c, int fd);
bool sj_is_own(const struct sj_context *c, int fd);
/* As the system calls, whatever the umask. No mode is set by name afterwards: others may have put a link there by then. */
int sj_mkdirat(int parent, const char *name, mode_t mode);
int sj_mknodat(int parent, const char *name, mode_t mode, dev_t device);
/* Opens a host path; none of its components may be a symbolic link (Java resolved them; a new one is an attack or a mistake). */
int sj_open_source(const char *path, int flags);
/* A relative path that names descriptor `fd` once the working directory is c->proc. */
void sj_fd_path(int fd, char out[32]);

#endif
