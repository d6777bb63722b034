/* What create and exec share: descriptors and files that an engine names. */
#ifndef SJ_RUNTIME_ENGINE_H
#define SJ_RUNTIME_ENGINE_H

#include "protocol/compiled.h"

#include <sys/types.h>

/* A procfs, out of the way of a program's descriptors. -1 with errno. */
int sj_open_proc(void);
enum { SJ_NO_CONSOLE = -2 };
/* A socket, for a process that wants a terminal; the container has other files. -1 after sj_error. */
int sj_connect_console(const struct sj_compiled *of, const char *path);
/* 0, or -1 after sj_error. */
int sj_write_pid_file(const char *path, pid_t pid);

#endif
