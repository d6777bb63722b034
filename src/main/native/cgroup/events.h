/* Files of cgroups that tell of events: for Java's listeners, and for the out-of-memory kill of a whole group where v1 has none. */
#ifndef SJ_CGROUP_EVENTS_H
#define SJ_CGROUP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup/cgroup.h"
#include "protocol/decode.h"

/* Epoll data of a watch has this bit; ids of sandboxes do not. */
#define SJ_FROM_WATCH ((uint64_t)1 << 62)

/* Once: where events are waited for, and the socket that they are reported on. */
void sj_watch_open(int epoll, int java_socket);
/* 0, or -1 with errno. */
int sj_watch_oom(const struct sj_cgroup *g, uint64_t hierarchy, const char *file, const char *control);
/* Answers with SJ_EVENT, whether it works or not. */
void sj_watch_for_java(const struct sj_cgroup *g, const struct sj_watch_request *request);
/* True if a sandbox is out of memory and has to end: its id is then in `out_of_memory`. Other events are reported. */
bool sj_watch_fired(uint64_t data, uint64_t *out_of_memory);
/* Reports what has not been reported yet, and forgets all watches of the sandbox. */
void sj_watch_end(const struct sj_cgroup *g);

#endif
