/* What a relay gives up before it takes the first connection. */
#ifndef SJ_RELAY_RIGHTS_H
#define SJ_RELAY_RIGHTS_H

#include <stdint.h>

/* 0, or -1 with errno and the name of the call. The filter holds from then on, and for ever. */
int sj_give_up_rights(const uint8_t *filter, uint32_t size, const char **call);

#endif
