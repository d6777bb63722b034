/* Cgroups on their way out, and starts whose cgroup is at a path that the caller has chosen: such a path may be that of a grave. */
#ifndef SJ_CGROUP_REMOVAL_H
#define SJ_CGROUP_REMOVAL_H

#include "launcher/event_loop.h"
#include "launcher/sandboxes.h"
#include "program/context.h"

enum sj_made { SJ_MADE, SJ_NOT_MADE, SJ_LATER };

/* Makes the cgroups of the plan's CGROUP_AT operations. NOT_MADE after sj_fail on `c`. */
enum sj_made sj_grave_make(struct sj_box *b, struct sj_context *c);
/* Tries again, and goes on with the start, as soon as the path is free. 0, or -1 after sj_fail on `c`. */
int sj_grave_wait(const struct sj_box *b, struct sj_context *c);
bool sj_grave_awaited(void);
void sj_grave_try_again(struct sj_launcher *l);

/* Removes the box's cgroups as soon as the kernel lets go of the dead. */
void sj_grave_dig(struct sj_box *b, uint32_t hierarchies);
unsigned sj_graves(void);
/* Removes one; true if that was to be done. */
bool sj_grave_bury_one(void);

#endif
