/*
 * The layers of an overlay in the clone of a template with SJ_PLAN_TEMPLATE_LAYERS. Where each sandbox has ids of its own, only somebody
 * outside its user namespace may idmap the host's files to them: the template does, once the clone has its maps, and gives them to it.
 */
#ifndef SJ_SETUP_LAYERS_H
#define SJ_SETUP_LAYERS_H

#include "program/context.h"

/* Whether the plan has layers that are idmapped for each start. */
bool sj_has_layers(const struct sj_plan *plan);
/* Whether this process, of a supervisor to be, gets them in place of the byte that releases it. */
bool sj_awaits_layers(const struct sj_context *c);
/* Whether the slot of this operation has been filled so. */
bool sj_is_given_layer(const struct sj_context *c, const struct sj_op *op);
/* In the template: sj_map_and_release, for such a clone. */
int sj_map_and_give_layers(struct sj_context *c, pid_t pid, int socket);
/* In the clone. Closes the socket. -1 where the template has failed, and said so. */
int sj_take_layers(struct sj_context *c, int socket);

#endif
