/*
 * The connections of a relay and where each stands. Each direction, that of clients outside and that of the sandbox, has so many places:
 * whoever fills one keeps nobody out of the other. Where there is no place nothing is accepted, and the kernel's queue fills.
 */
#ifndef SJ_RELAY_PLACES_H
#define SJ_RELAY_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/decode.h"
#include "relay/flow.h"
#include "relay/links.h"
#include "relay/said.h"

enum sj_connection_state {
  SJ_UNUSED = 0,
  SJ_PEEKING,    /* waits for the first bytes of a connection that shows them to Java */
  SJ_TO_ASK,     /* Java does not take the question yet */
  SJ_ASKING,
  SJ_TO_REACH,   /* the supervisor does not take the request yet */
  SJ_REACHING,   /* it makes the socket inside */
  SJ_CONNECTING, /* the socket is there */
  SJ_TO_HAND,    /* Java does not take its socket yet */
  SJ_OPEN,
  SJ_TO_REPORT,  /* Java does not take the report yet */
};

struct sj_connection {
  enum sj_connection_state state;
  uint64_t id;
  uint32_t link;
  uint32_t tried; /* of the link's places inside */
  int inside;
  int outside;
  struct sj_flow in;  /* to the sandbox */
  struct sj_flow out; /* from it */
  bool more;
  bool starved; /* has more to move, for which there was no descriptor */
  bool gone[2]; /* the sockets' peers will neither write nor read any more: inside, outside */
  uint64_t begun;
  uint32_t outcome;
  int error;
  union sj_address peer;
  socklen_t peer_size;
  struct {
    struct sockaddr_in6 address; /* or sockaddr_in */
    socklen_t size;
  } here; /* where a client inside has come to, of a link with SJ_LINK_NAMED */
  uint64_t deadline; /* of SJ_PEEKING and SJ_CONNECTING, 0 for none */
  bool polite;       /* the client was told why: it hears of an end, not of a reset */
  struct sj_said said;
  size_t nfirst;     /* first bytes that are taken from the socket, see sj_first_bytes() */
  size_t wanted;     /* how many there have to be before Java is shown them */
  unsigned shown;    /* how often it has been shown some */
  struct {
    struct sockaddr_in6 address; /* or sockaddr_in, which is smaller */
    socklen_t size;
  } to[SJ_DECIDED_MAX]; /* which addresses Java has named */
  uint32_t nto;
  bool reached_for; /* the one of `tried` is, or was, connected to */
};

struct sj_listener {
  int fd; /* -1 when it is closed */
  uint32_t link;
  bool watched;
  bool waiting; /* of a sandbox that has ended: connections, for places */
};

struct sj_relay {
  int java;
  int channel; /* to the sandbox's supervisor, -1 before SJ_RELAY_BEGIN and when the sandbox has ended */
  int epoll;
  bool begun;
  bool ended;        /* the sandbox has */
  uint64_t deadline; /* then: when what it has left is dropped, by sj_now() */

  struct sj_listener listeners[2 * SJ_LINKS_MAX];
  uint32_t nlisteners;

  struct sj_connection *all; /* those of clients outside, then those of the sandbox; NULL before SJ_RELAY_CONFINE */
  uint32_t most;             /* of each */
  uint32_t used[2];
  uint64_t count; /* of all that there ever were */
  unsigned unsent; /* whom some in one of the states SJ_TO_... wait for: SJ_TO_JAVA, SJ_TO_SUPERVISOR */
  uint32_t unanswered; /* requests that the supervisor has been sent */
  bool behind;    /* some are in SJ_TO_REACH because these were too many */
  uint8_t *first; /* what sj_first_bytes() returns, for each place of the sandbox's connections; NULL where none is shown */
  bool more;      /* some have more to move at once */
  bool short_of;  /* descriptors: accept again when one is free */
  bool starved;   /* some are */
  struct sj_confine_request bounds;
  uint64_t bytes_left; /* of those that the sandbox begins */
  uint64_t next_due;   /* when its next one would be due if they came evenly; up to a second's worth may come before */
  bool held_back;
  uint32_t timed; /* connections with a deadline */
  uint64_t looked;
};

/* Who may be slow to take a message. */
enum { SJ_TO_JAVA = 1, SJ_TO_SUPERVISOR = 2 };

/* What epoll says of whom: the kind in the upper bits, a number or a connection below. */
enum sj_of { SJ_OF_JAVA = 0, SJ_OF_CHANNEL, SJ_OF_LISTENER, SJ_OF_INSIDE, SJ_OF_OUTSIDE };
#define SJ_OF_SHIFT 60
#define SJ_OF_MASK ((UINT64_C(1) << SJ_OF_SHIFT) - 1)

/* `operation` is EPOLL_CTL_ADD or EPOLL_CTL_MOD. False with errno. */
bool sj_hear(const struct sj_relay *r, int operation, int fd, enum sj_of of, uint64_t number, uint32_t events);

bool sj_make_places(struct sj_relay *r, const struct sj_confine_request *bounds); /* false if there is no memory */
/* 0 for clients outside, 1 for the sandbox. */
unsigned sj_side(uint32_t link);
bool sj_has_place(const struct sj_relay *r, unsigned side);
/* A place that is free, with nothing but an id in it; NULL if there is none. */
struct sj_connection *sj_take_place(struct sj_relay *r, unsigned side);
void sj_free_place(struct sj_relay *r, struct sj_connection *c);
/* SJ_FIRST_BYTES_MAX bytes for what one of the sandbox's begins with; NULL for others, and where no link shows any. */
uint8_t *sj_first_bytes(const struct sj_relay *r, const struct sj_connection *c);
/* NULL if it has ended. */
struct sj_connection *sj_connection(const struct sj_relay *r, uint64_t id);
/* The one at a place, whatever its state; NULL after the last. */
struct sj_connection *sj_connection_at(const struct sj_relay *r, uint32_t place);

void sj_give_time(struct sj_relay *r, struct sj_connection *c, uint64_t ns);
void sj_take_time(struct sj_relay *r, struct sj_connection *c);

/* Whether another may come by now: those that the sandbox begins may be so many a second. */
bool sj_is_due(struct sj_relay *r, unsigned side);
void sj_count_one(struct sj_relay *r, unsigned side);

#endif
