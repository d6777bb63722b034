/* From supervisor to running program. */
#ifndef SJ_PROGRAM_EXEC_H
#define SJ_PROGRAM_EXEC_H

#include <sys/types.h>

#include "program/context.h"

struct sj_program {
  pid_t pid; /* in the supervisor's pid namespace */
  int pidfd; /* -1 where the kernel has none */
  int master; /* of its pty, or -1 */
  uint64_t started;
};

/* Returns when the program is executing (or a probe is done). 0, or -1 after sj_fail. */
int sj_start_program(struct sj_context *c, struct sj_program *out);

/* Its last steps, by the process itself. Each 0, or -1 after sj_fail. */

/*
 * Gives the passed descriptors their numbers; the terminal becomes those of 0, 1, 2 that were not passed. `past` is the first number that
 * is none of the program's.
 */
int sj_place_descriptors(struct sj_context *c, int slave, int *past);
/* A working directory that lies outside the root (reached through a magic link, say) has no path. */
int sj_change_directory(struct sj_context *c);
/*
 * Where there is no pid namespace to take everything down with it, the program ends with its supervisor from here on: changes of ids
 * before would undo that. -1, and nothing said, if supervisor or launcher have ended.
 */
int sj_follow_supervisor(struct sj_context *c);
/* Returns only when it has failed: -1 after sj_fail_later. */
int sj_execute(struct sj_context *c);

#endif
