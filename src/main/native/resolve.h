/* Guest paths: resolved beneath the new root by descriptor, so that no symbolic link in a hostile root leads out of it. */
#ifndef SJ_RESOLVE_H
#define SJ_RESOLVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "context.h"

/* An O_PATH descriptor of `path`; a last component that is a symbolic link is refused with ELOOP. -1 with errno. */
int sj_resolve(struct sj_context *c, const char *path);
/* An O_PATH descriptor of the directory that holds `path`, missing directories made 0755; `name` gets the last component. */
int sj_resolve_parent(struct sj_context *c, const char *path, char name[256]);
/* sj_resolve, after making `path` a directory or an empty file if nothing is there. */
int sj_resolve_or_create(struct sj_context *c, const char *path, bool directory);
/* As the system calls, whatever the umask. No mode is set by name afterwards: others may have put a link there by then. */
int sj_mkdirat(int parent, const char *name, mode_t mode);
int sj_mknodat(int parent, const char *name, mode_t mode, dev_t device);
/* Opens a host path; none of its components may be a symbolic link (Java resolved them; a new one is an attack or a mistake). */
int sj_open_source(const char *path, int flags);
/* A relative path that names descriptor `fd` once the working directory is c->proc. */
void sj_fd_path(int fd, char out[32]);

#endif
