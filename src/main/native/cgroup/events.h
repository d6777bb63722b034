/* Files of cgroups that tell of events: for Java's listeners, and for the out-of-memory kill of a whole group where v1 has none. */
#ifndef SJ_CGROUP_EVENTS_H
#define SJ_CGROUP_EVENTS_H

#include "launcher/event_loop.h"
#include "launcher/sandboxes.h"

/* Epoll data of a watch has this bit; ids of boxes do not. */
#define SJ_FROM_WATCH ((uint64_t)1 << 62)

/* 0, or -1 with errno. */
int sj_watch_oom(struct sj_launcher *l, struct sj_box *b, uint64_t hierarchy, const char *file, const char *control);
/* Answers with SJ_EVENT, whether it works or not. */
void sj_watch_for_java(struct sj_launcher *l, struct sj_box *b, const struct sj_watch_request *request);
void sj_watch_fired(struct sj_launcher *l, uint64_t data);
/* Tells what has not been told yet, and forgets all watches of the box. */
void sj_watch_end(struct sj_launcher *l, const struct sj_box *b);

#endif
