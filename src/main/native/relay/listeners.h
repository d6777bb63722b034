/* The listening sockets of a relay, and when they are heard. What comes through them: relay/accept.h. */
#ifndef SJ_RELAY_LISTENERS_H
#define SJ_RELAY_LISTENERS_H

#include "relay/places.h"

/* A socket that listens; it is the relay's from now on. */
bool sj_add_listener(struct sj_relay *r, int fd, uint32_t link);
/* Hears those for which there are places and descriptors, and no others: takes up again what has been waiting for them. */
void sj_watch_listeners(struct sj_relay *r);
void sj_close_listener(struct sj_listener *l);

#endif
