/*
 * The launcher's templates, which are made, used and ended as Java says: it knows when one was last of use and whether what it holds is
 * still what the host has. Told to Java is what it can't know: that one is ready, and that one has ended by itself.
 */
#ifndef SJ_LAUNCHER_TEMPLATES_H
#define SJ_LAUNCHER_TEMPLATES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"
#include "program/context.h"
#include "protocol/transport.h"

/* Leaves the start to the template that it names. False if it names none, or that can't take it: then it is to be done as a whole. */
bool sj_template_start(struct sj_launcher *l, const struct sj_message *m, struct sj_context *c, struct sj_sandbox *b);
/* After a start that wants one made; not `wanted` where that has failed itself. */
void sj_template_begin(struct sj_launcher *l, struct sj_context *c, bool wanted);
void sj_template_end(struct sj_launcher *l, uint64_t id);
void sj_templates_end_all(struct sj_launcher *l);
/* Its socket can be read. */
void sj_template_said(struct sj_launcher *l, uint64_t id);
bool sj_is_template(pid_t pid);
/* True if it was one: sandboxes that waited for it have to be looked at. */
bool sj_template_reaped(struct sj_launcher *l, pid_t pid);

#endif
