/* From the decision that there may be a connection to its other side: the socket inside, or the one outside. */
#ifndef SJ_RELAY_REACH_H
#define SJ_RELAY_REACH_H

#include "protocol/transport.h"
#include "relay/places.h"

/* Begins to connect the other side of one that is accepted. */
void sj_reach(struct sj_relay *r, struct sj_connection *c);
/* Connects it to Java itself. */
void sj_hand(struct sj_relay *r, struct sj_connection *c);
/* Asks the supervisor for a socket to the place inside whose turn it is. */
void sj_reach_inside(struct sj_relay *r, struct sj_connection *c);
/* What the supervisor answers. */
void sj_reached(struct sj_relay *r, struct sj_message *m);
/* The answer has come without its socket. */
void sj_reached_nothing(struct sj_relay *r, uint64_t id, int error);
/* A connection in SJ_CONNECTING has come about, or has failed with an error number: then the next place is tried, if there is one. */
void sj_connected(struct sj_relay *r, struct sj_connection *c);
void sj_reach_next(struct sj_relay *r, struct sj_connection *c, int error);

#endif
