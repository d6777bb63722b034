/* The setuid programs newuidmap(1) and newgidmap(1), which check /etc/subuid and /etc/subgid. */
#ifndef SJ_KERNEL_ID_MAPPER_H
#define SJ_KERNEL_ID_MAPPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Runs newuidmap or newgidmap for a process and gives its wait status, -1 if that failed. `said` gets the first line of its standard
 * error, which is nobody's else.
 */
int sj_run_mapper(const char *program, const char *const *arguments, uint32_t count, pid_t pid, char *said, size_t size);

#endif
