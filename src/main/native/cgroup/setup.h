/* The cgroups of sandboxes: made, joined, read and removed by the launcher, with names and values that Java chose. */
#ifndef SJ_CGROUP_SETUP_H
#define SJ_CGROUP_SETUP_H

#include "launcher/event_loop.h"
#include "launcher/sandboxes.h"
#include "program/context.h"
#include "protocol/transport.h"

/* Makes what the plan says and sends the entry to the supervisor, now or once a path is free. 0, or -1 after sj_fail on `c`. */
int sj_cgroup_make(struct sj_launcher *l, struct sj_box *b, struct sj_context *c);
enum { SJ_BOX_NAME_SIZE = 32 };
/* What the box's cgroups are called in the area. */
void sj_cgroup_name(uint64_t box, char name[SJ_BOX_NAME_SIZE]);
/* Before the processes are killed: what is frozen has to run to die, and some kernels kill a whole cgroup at once. */
void sj_cgroup_kill(const struct sj_box *b);
/* Appends the contents of the plan's CGROUP_READ files as a strv. */
void sj_cgroup_read(const struct sj_box *b, struct sj_writer *w);
/* Nanoseconds of CPU time, or 0 where that can't be told. */
uint64_t sj_cgroup_cpu_time(const struct sj_box *b);
/* Removes them as soon as the kernel lets go of the dead. */
void sj_cgroup_bury(struct sj_box *b);
/* What sj_cgroup_make does once the cgroups at chosen paths are there. */
int sj_cgroup_steps(struct sj_launcher *l, struct sj_box *b, struct sj_context *c);
/* Notes for sj_fail which operation it is. */
void sj_cgroup_at(struct sj_context *c, const struct sj_box *b, uint32_t index);

/* Opens a file of the box's cgroup. */
int sj_cgroup_open(const struct sj_box *b, uint64_t hierarchy, const char *file, int flags);
/* Its content as a string of at most size - 1 bytes; false if it can't be read. */
bool sj_cgroup_slurp(int fd, char *text, size_t size);

/* In the supervisor: waits for the launcher's word. 0, or -1 if it won't come. */
int sj_cgroup_wait(struct sj_context *c);
/* In the program: enters. 0, or -1 after sj_fail. */
int sj_cgroup_enter(struct sj_context *c);
int sj_do_cgroup_namespace(struct sj_context *c, const struct sj_op *op);

#endif
