/* Host ids that no other sandbox has, by the locks that Java machines share them out with. */
#ifndef SJ_PREFIX_IDS_H
#define SJ_PREFIX_IDS_H

#include "protocol/frozen.h"

/* The first of the ids of this run, and the open file whose lock keeps them; 0 and -1 where the policy needs none. 0, or -1 after it was said
   why there are none. */
int sj_take_ids(const struct sj_frozen *f, uint64_t *base, int *lock);

#endif
