/* The launcher's templates: at most one for a plan, made when it is started again, dropped when idle or when what it holds has changed. */
#ifndef SJ_LAUNCHER_TEMPLATES_H
#define SJ_LAUNCHER_TEMPLATES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"
#include "program/context.h"
#include "protocol/transport.h"

/* Leaves the start to the plan's template. False if there is none that can do it: then it is to be done as a whole. */
bool sj_template_start(struct sj_launcher *l, struct sj_plan_entry *p, const struct sj_message *m, struct sj_context *c, struct sj_sandbox *b);
/* After a start that was done as a whole. */
void sj_template_consider(struct sj_launcher *l, struct sj_plan_entry *p, struct sj_context *c);
void sj_template_drop(struct sj_plan_entry *p);
void sj_templates_drop_all(void);
/* Drops those that were not used for long. */
void sj_templates_tick(void);
/* Milliseconds until that is to be done again, -1 for never. */
int sj_templates_until(void);
bool sj_is_template(pid_t pid);
/* True if it was one: sandboxes that waited for it have to be looked at. */
bool sj_template_reaped(pid_t pid);

#endif
