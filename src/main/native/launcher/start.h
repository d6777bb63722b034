/* Requests that start something. Each refuses what does not fit. */
#ifndef SJ_LAUNCHER_START_H
#define SJ_LAUNCHER_START_H

#include "launcher/launcher.h"
#include "protocol/transport.h"

void sj_start_sandbox(struct sj_launcher *l, struct sj_message *m);
void sj_start_execed(struct sj_launcher *l, struct sj_message *m);  /* SJ_EXEC */
void sj_start_prepared(struct sj_launcher *l, struct sj_message *m); /* SJ_RUN */
void sj_resume_set_up(struct sj_launcher *l, struct sj_message *m);
void sj_take_run_started(struct sj_launcher *l, const struct sj_message *m); /* a program executes of which nothing was heard here so far */

#endif
