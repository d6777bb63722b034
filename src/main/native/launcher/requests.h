/* What Java asks for. */
#ifndef SJ_LAUNCHER_REQUESTS_H
#define SJ_LAUNCHER_REQUESTS_H

#include "launcher/event_loop.h"
#include "launcher/sandboxes.h"
#include "protocol/transport.h"

/* Epoll data that is not the id of a box. */
#define SJ_FROM_JAVA UINT64_MAX
#define SJ_FROM_SIGNALS (UINT64_MAX - 1)

void sj_request(struct sj_launcher *l, struct sj_message *m);
void sj_refuse(struct sj_launcher *l, uint64_t id, int error, const char *why);
/* Ends the whole sandbox, or one further process. */
void sj_kill_box(struct sj_launcher *l, struct sj_box *b);
/* Kills the supervisor if it has not ended in two seconds. */
void sj_limit_patience(struct sj_launcher *l, struct sj_box *b);

#endif
