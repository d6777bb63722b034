/* What a process gives up before it takes the first byte of a sandbox. */
#ifndef SJ_KERNEL_RIGHTS_H
#define SJ_KERNEL_RIGHTS_H

#include <stdint.h>

/* 0, or -1 with errno and the name of the call. The filter holds from then on, and for ever. */
int sj_give_up_rights(const uint8_t *filter, uint32_t size, const char **call);

#endif
