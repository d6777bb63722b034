/* The files of a sandbox's cgroups: written and read with names and values that Java chose. */
#ifndef SJ_CGROUP_FILES_H
#define SJ_CGROUP_FILES_H

#include <stdint.h>

#include "cgroup/cgroup.h"
#include "protocol/encode.h"

enum { SJ_CGROUP_NAME_SIZE = 32 };
/* What the sandbox's cgroups are called in the cgroup root. */
void sj_cgroup_name(uint64_t id, char name[SJ_CGROUP_NAME_SIZE]);

/* Opens a file of one of the cgroups. */
int sj_cgroup_open(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, int flags);
/* Writes a setting. 0, or -1 with errno. */
int sj_cgroup_write(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, const char *text);
/* The next operation of that code, from *at on, which is then past it; NULL if there is none. */
const struct sj_op *sj_cgroup_find(const struct sj_cgroup *g, uint16_t code, uint32_t *at);

/* Before the processes are killed: what is frozen has to run to die, and some kernels kill a whole cgroup at once. */
void sj_cgroup_kill(const struct sj_cgroup *g);
/* Appends the contents of the plan's CGROUP_READ files as a strv. */
void sj_cgroup_read(const struct sj_cgroup *g, struct sj_writer *w);
/* Nanoseconds of CPU time, or 0 where that can't be known. */
uint64_t sj_cgroup_cpu_time(const struct sj_cgroup *g);

#endif
