/* How a connection begins. */
#ifndef SJ_RELAY_ACCEPT_H
#define SJ_RELAY_ACCEPT_H

#include "relay/places.h"

/* Accepts what there are places for. */
void sj_accept(struct sj_relay *r, uint32_t listener);
/* The same of a sandbox that has ended: nobody tells that the last one has been accepted. */
void sj_accept_rest(struct sj_relay *r);

#endif
