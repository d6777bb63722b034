/* Whom a new user namespace belongs to. */
#ifndef SJ_SETUP_NAMESPACE_OWNER_H
#define SJ_SETUP_NAMESPACE_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "program/context.h"

struct sj_owner {
  bool changed;
  uid_t uid;
  int dumpable;
  int death_signal;
  uint32_t sets[6]; /* as capget(2) gives them */
};

/*
 * With SJ_PLAN_OWNER: until sj_restore_ids, what this process clones or unshares belongs to the first user of the start's id map. The
 * kernel charges what is used in a user namespace to whoever made it too: inotify instances, queued signals, message queues, processes.
 */
int sj_become_owner(struct sj_context *c, struct sj_owner *o);

/* The child does without: it takes an id of the namespace once there is a map. */
int sj_restore_ids(struct sj_context *c, const struct sj_owner *o);

#endif
