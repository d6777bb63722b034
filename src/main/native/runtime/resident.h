/* A compiler of configurations that stays, so that no Java has to start. It is no ancestor of a container, and nothing needs it: without it each command starts its own. */
#ifndef SJ_RUNTIME_RESIDENT_H
#define SJ_RUNTIME_RESIDENT_H

#include <stddef.h>
#include <stdint.h>

/* Where it listens: $SANDJAR_OCI_COMPILER, or in a directory of this user's below /run. 0, or -1 if there is no such place. */
int sj_resident_path(char *path, size_t room);
/* Its answer to words that end with NULL, which the caller keeps; NULL if there is none that has this process's view of the host, or it leaves this one to us. */
uint8_t *sj_resident_ask(const char *const *words, size_t *size);

#endif
