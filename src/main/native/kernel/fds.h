/* Keeping descriptors where they belong. */
#ifndef SJ_KERNEL_FDS_H
#define SJ_KERNEL_FDS_H

#include "protocol/protocol.h"

/* Internal descriptors live at and above this number, out of the way of those that a program is to get. */
#define SJ_HIGH_FD 256
/* Where a limit allows no more: above whatever number a program's own descriptors may be given. */
#define SJ_HIGH_FD_LEAST (SJ_TARGET_MAX + 1)
#define SJ_HIGH_FD_ROOM 16

/* Moves *fd to SJ_HIGH_FD or above (SJ_HIGH_FD_LEAST under a low limit), close-on-exec. 0, or -1 with errno. */
int sj_raise(int *fd);
/* Closes every descriptor at or above `low` but those of `keep` (n of them, any order). 0, or -1 with errno: never partly silent. */
int sj_close_others(int proc, int low, const int *keep, unsigned n);

#endif
