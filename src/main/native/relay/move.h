/* A connection both of whose sides are connected: its sockets' settings, and the bytes. */
#ifndef SJ_RELAY_MOVE_H
#define SJ_RELAY_MOVE_H

#include "relay/places.h"

/* Both sides are connected from now on, and one of them is heard already: the one that took longer. */
void sj_open_both(struct sj_relay *r, struct sj_connection *c);
/* Moves what can be moved now, and ends the connection when there will be nothing more. */
void sj_move(struct sj_relay *r, struct sj_connection *c);
/* Whether some have more to move at once; moves it. */
bool sj_move_more(struct sj_relay *r);

#endif
