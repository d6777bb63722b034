/*
 * A template: a process with the part of a plan that starts can share, the mount tree above all. A start is a clone of it, made the
 * launcher's child; what is private (SJ_PER_SANDBOX) is done in the clone. Nothing hostile ever runs in the template's own namespaces.
 */
#ifndef SJ_SETUP_TEMPLATE_H
#define SJ_SETUP_TEMPLATE_H

#include "program/context.h"

/*
 * Makes one: its process, and in *socket where starts are sent to. `first` is a start of the same plan, for the id maps. -1 with errno.
 * It says SJ_READY, or SJ_FAILED and ends.
 */
pid_t sj_template_make(const struct sj_context *first, int *socket);

#endif
