/* Where a container is in its life: found out each time. */
#ifndef SJ_RUNTIME_STATUS_H
#define SJ_RUNTIME_STATUS_H

#include "runtime/container.h"

enum sj_status { SJ_CREATING, SJ_CREATED, SJ_RUNNING, SJ_PAUSED_STATUS, SJ_STOPPED };

enum sj_status sj_container_status(const struct sj_container *c);
const char *sj_status_name(enum sj_status status);
/* JSON of runtime.md, which the caller frees. `full` has what `state` and `list` print beside. */
char *sj_state_json(const struct sj_container *c, enum sj_status status, pid_t pid, bool full);
/* Whether a process, which another has named, is a child of this one and not `helper`. */
bool sj_is_child(pid_t pid, pid_t helper);

#endif
