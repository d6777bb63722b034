/* Creating the supervisor of one sandbox, with its namespaces and id maps. */
#ifndef SJ_SETUP_SPAWN_H
#define SJ_SETUP_SPAWN_H

#include "program/context.h"

/*
 * The process made is the supervisor itself, or with SJ_PLAN_OUTER_HELPER a helper that makes it (it then says SJ_SUPERVISOR_PID). -1 after sj_fail,
 * which lands on c->launcher_end like everything the supervisor has to say.
 */
pid_t sj_spawn(struct sj_context *c, bool *helped);

/*
 * Into the network of the start, if it has one: only who is in the user namespace that owns a network may enter that, and what is made from
 * there may stay, whatever it does. `owned`: this process is in that user namespace already.
 */
int sj_enter_network(struct sj_context *c, bool owned);

/* Clones the supervisor; the caller's copy of the returned pipe end releases it once the maps are there (-1: nothing to wait for). */
pid_t sj_clone_supervisor(struct sj_context *c, uint64_t extra_flags, int *release);
/* Without maps the pipe just closes, and whoever waits for it ends. */
int sj_map_and_release(struct sj_context *c, pid_t pid, int release);

#endif
