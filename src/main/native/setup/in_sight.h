/* Mounts that stay in sight: where links lead, only the launcher sees, and so whether a later mount covers an earlier one by one. */
#ifndef SJ_SETUP_IN_SIGHT_H
#define SJ_SETUP_IN_SIGHT_H

#include "program/context.h"

/*
 * An O_PATH descriptor of an operation's place, as sj_resolve has it, or -1 with errno. If links are on the way, sj_stay_in_sight knows.
 */
int sj_resolve_place(struct sj_context *c, const char *path, bool *by_link);
/*
 * 0, or -1 after sj_fail("order") with EEXIST and the path of an earlier operation with SJ_IN_SIGHT that lies below `target`, where a link
 * has led one of the two: Java has put them in order by their texts.
 */
int sj_stay_in_sight(struct sj_context *c, const struct sj_op *op, const char *path, int target, bool by_link);

#endif
