/* What concerns all connections of a relay: events, the time, messages that were not taken, the end of the sandbox. */
#ifndef SJ_RELAY_CONNECTIONS_H
#define SJ_RELAY_CONNECTIONS_H

#include "relay/places.h"

/* Whether some are left, or wait to be accepted from a sandbox that has ended. */
bool sj_connections_any(const struct sj_relay *r);
/* `inside` says which of its sockets epoll tells of. */
void sj_connection_event(struct sj_relay *r, uint64_t connection, bool inside, uint32_t events);
/* Whether some have a time limit, or new ones are held back; and what follows from the time that it is. */
bool sj_waits_for_time(const struct sj_relay *r);
void sj_look_at_the_clock(struct sj_relay *r);
/* Sends what SJ_TO_JAVA or SJ_TO_SUPERVISOR would not take before, until it takes no more. */
void sj_send_again(struct sj_relay *r, unsigned whom);
/* Tries what lacked descriptors. */
void sj_accept_again(struct sj_relay *r);
/*
 * The sandbox is gone: what it has written is passed on, nothing else. Bytes that its kernel took before the end get to the host as they
 * do over a loopback device, of connections too that were not accepted, decided on or made by then.
 */
void sj_connections_ended(struct sj_relay *r);
void sj_drop_connections(struct sj_relay *r);

#endif
