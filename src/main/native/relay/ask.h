/* Connections that Java decides on: the question, first bytes that belong to it, the decision. */
#ifndef SJ_RELAY_ASK_H
#define SJ_RELAY_ASK_H

#include "relay/places.h"

void sj_ask(struct sj_relay *r, struct sj_connection *c);
/* Asks as soon as the program inside has sent some bytes. */
void sj_ask_with_first_bytes(struct sj_relay *r, struct sj_connection *c);
/* A connection in SJ_PEEKING has got more, or has ended. */
void sj_peeked(struct sj_relay *r, struct sj_connection *c);
void sj_decided(struct sj_relay *r, uint64_t connection, const struct sj_decision *decision);

#endif
