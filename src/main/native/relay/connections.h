/*
 * The connections of a relay, from the accept to the report. Each direction, that of clients outside and that of the sandbox, has so many
 * places: whoever fills one keeps nobody out of the other. Where there is no place nothing is accepted, and the kernel's queue fills.
 */
#ifndef SJ_RELAY_CONNECTIONS_H
#define SJ_RELAY_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/transport.h"

struct sj_relay {
  int java;
  int channel; /* to the sandbox's supervisor, -1 before SJ_RELAY_BEGIN and when the sandbox has ended */
  int epoll;
  bool begun;
  bool ended;        /* the sandbox has */
  uint64_t deadline; /* then: when what it has left is dropped, by sj_now() */
};

/* What epoll says of whom: the kind in the upper bits, a number or a connection below. */
enum sj_of { SJ_OF_JAVA = 0, SJ_OF_CHANNEL, SJ_OF_LISTENER, SJ_OF_INSIDE, SJ_OF_OUTSIDE };
#define SJ_OF_SHIFT 60
#define SJ_OF_MASK ((UINT64_C(1) << SJ_OF_SHIFT) - 1)

bool sj_connections_init(const struct sj_confine_request *bounds); /* false if there is no memory */
/* Whether some are left, or wait to be accepted from a sandbox that has ended. */
bool sj_connections_any(void);
/* A socket that listens; it is the relay's from now on. */
bool sj_add_listener(struct sj_relay *r, int fd, uint32_t link);
/* Accepts what there are places for. */
void sj_accept(struct sj_relay *r, uint32_t listener);
/* The same of a sandbox that has ended: nobody tells that the last one has been accepted. */
void sj_accept_rest(struct sj_relay *r);
/* Takes up again what has been waiting for places or for descriptors. */
void sj_watch_listeners(struct sj_relay *r);
void sj_decided(struct sj_relay *r, uint64_t connection, const struct sj_decision *decision);
void sj_reached(struct sj_relay *r, struct sj_message *m);
void sj_connection_event(struct sj_relay *r, uint64_t connection);
/* Whether some have a time limit, or new ones are held back; and what follows from the time that it is. */
bool sj_waits_for_time(void);
void sj_look_at_the_clock(struct sj_relay *r);
/* Whether some have more to move at once; moves it. */
bool sj_move_more(struct sj_relay *r);
/* Says what Java, or the supervisor, would not take before. */
void sj_say_again(struct sj_relay *r);
/* Whether there is something of that, and whether descriptors are wanting, of which nobody tells when there are some. */
bool sj_has_unsaid(void);
bool sj_is_short(void);
/*
 * The sandbox is gone: what it has written is passed on, nothing else. Bytes that its kernel took before the end get to the host as they
 * do over a loopback device, of connections too that were not accepted, decided on or made by then.
 */
void sj_connections_ended(struct sj_relay *r);
void sj_drop_connections(struct sj_relay *r);

#endif
