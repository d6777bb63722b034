#define _GNU_SOURCE
#include "relay/connections.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "relay/flow.h"
#include "relay/links.h"
#include "relay/said.h"

enum state {
  FREE = 0,
  PEEKING,    /* for the first bytes of a connection that shows them to Java */
  TO_ASK,     /* Java does not take the question yet */
  ASKING,
  TO_REACH,   /* the supervisor does not take the request yet */
  REACHING,   /* it makes the socket inside */
  CONNECTING, /* the socket is there */
  OPEN,
  TO_REPORT,  /* Java does not take the report yet */
};

struct connection {
  enum state state;
  uint64_t id;
  uint32_t link;
  uint32_t tried; /* of the link's places inside */
  int inside;
  int outside;
  struct sj_flow in;  /* to the sandbox */
  struct sj_flow out; /* from it */
  bool more;
  uint64_t begun;
  uint32_t outcome;
  int error;
  union sj_address peer;
  socklen_t peer_size;
  struct {
    struct sockaddr_in6 address; /* or sockaddr_in */
    socklen_t size;
  } here; /* where a client inside has come to, of a link with SJ_LINK_NAMED */
  uint64_t deadline; /* of PEEKING and CONNECTING, 0 for none */
  bool shows;        /* Java is shown first bytes */
  bool polite;       /* the client was told why: it hears of an end, not of a reset */
  struct sj_said said;
  size_t seen;       /* first bytes that Java has been shown */
  unsigned shown;    /* how often it has been shown some */
  struct {
    struct sockaddr_in6 address; /* or sockaddr_in, which is smaller */
    socklen_t size;
  } to[SJ_DECIDED_MAX]; /* which addresses Java has named */
  uint32_t nto;
  bool reached_for; /* the one of `tried` is, or was, connected to */
};

static struct {
  struct connection *all; /* those of clients outside, then those of the sandbox */
  uint32_t most;
  uint32_t used[2];
  uint64_t count; /* of all that there ever were */
  bool unsaid;    /* some are in one of the states TO_... */
  bool more;
  bool short_of; /* descriptors: accept again when one is free */
  struct sj_confine_request bounds;
  uint64_t bytes_left; /* of those that the sandbox begins */
  uint64_t next;       /* when its next one would be due if they came evenly; up to a second's worth may come before */
  bool held_back;
  uint32_t timed; /* connections with a deadline */
  uint64_t looked;
} places;

static struct {
  int fd;
  uint32_t link;
  bool watched;
  bool waiting; /* of a sandbox that has ended: connections, for places */
} listeners[2 * SJ_LINKS_MAX];
static uint32_t nlisteners;

enum { SLOT_BITS = 14, SHOWN_MAX = 64, BUFFER = 1 << 17 };
static const uint64_t SECOND = 1000000000, TICK = 50000000;

bool sj_connections_init(const struct sj_confine_request *bounds) {
  places.all = calloc(2 * (size_t)bounds->connections, sizeof *places.all);
  places.most = bounds->connections;
  places.bounds = *bounds;
  places.bytes_left = bounds->bytes;
  return places.all != NULL;
}

static unsigned side(uint32_t link) {
  const struct sj_link *l = sj_link(link);
  return l != NULL && l->kind == SJ_FORWARDED;
}

static struct connection *find(uint64_t id) {
  uint64_t slot = id & ((1u << SLOT_BITS) - 1);
  if (places.all == NULL || slot >= 2 * (uint64_t)places.most)
    return NULL;
  struct connection *c = &places.all[slot];
  return c->state != FREE && c->id == id ? c : NULL;
}

/* ---------------------------------------------------------------- who is heard */

static bool watch(struct sj_relay *r, int fd, enum sj_of of, uint64_t number, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u64 = (uint64_t)of << SJ_OF_SHIFT | number};
  return epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void sj_watch_listeners(struct sj_relay *r) {
  for (uint32_t i = 0; i < nlisteners && r->begun; i++) {
    unsigned of = side(listeners[i].link);
    bool wanted = places.used[of] < places.most && !places.short_of && !(of == 1 && places.held_back);
    if (wanted == listeners[i].watched || listeners[i].fd < 0)
      continue;
    if (wanted ? watch(r, listeners[i].fd, SJ_OF_LISTENER, i, EPOLLIN)
               : epoll_ctl(r->epoll, EPOLL_CTL_DEL, listeners[i].fd, NULL) == 0)
      listeners[i].watched = wanted;
  }
}

bool sj_add_listener(struct sj_relay *r, int fd, uint32_t link) {
  if (nlisteners == sizeof listeners / sizeof listeners[0] || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    return false;
  listeners[nlisteners].fd = fd;
  listeners[nlisteners].link = link;
  listeners[nlisteners++].watched = false;
  sj_watch_listeners(r);
  return true;
}

static void close_listener(uint32_t i) {
  if (listeners[i].fd >= 0)
    close(listeners[i].fd); /* which takes it out of the epoll instance too: no one else has it */
  listeners[i].fd = -1;
  listeners[i].waiting = false;
}

bool sj_connections_any(void) {
  bool any = places.used[0] + places.used[1] > 0;
  for (uint32_t i = 0; i < nlisteners && !any; i++)
    any = listeners[i].waiting;
  return any;
}

/* ---------------------------------------------------------------- the end of one */

static void put_peer(struct sj_writer *w, const struct connection *c) {
  sj_put_u32(w, c->peer_size);
  for (socklen_t i = 0; i < c->peer_size && w->length < w->size; i++)
    w->data[w->length++] = ((const uint8_t *)&c->peer)[i];
}

static void give_time(struct connection *c, uint64_t ns) {
  places.timed += c->deadline == 0;
  c->deadline = sj_now() + ns;
}

static void take_time(struct connection *c) {
  places.timed -= c->deadline != 0;
  c->deadline = 0;
}

static void put_tried(struct sj_writer *w, const struct connection *c) {
  socklen_t size = c->reached_for ? c->to[c->tried].size : 0;
  sj_put_u32(w, size);
  for (socklen_t i = 0; i < size && w->length < w->size; i++)
    w->data[w->length++] = ((const uint8_t *)&c->to[c->tried].address)[i];
}

static void put_here(struct sj_writer *w, const struct connection *c) {
  sj_put_u32(w, c->here.size);
  for (socklen_t i = 0; i < c->here.size && w->length < w->size; i++)
    w->data[w->length++] = ((const uint8_t *)&c->here.address)[i];
}

static void report(struct sj_relay *r, struct connection *c) {
  uint8_t body[320];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, c->link);
  sj_put_u32(&w, c->outcome);
  sj_put_u32(&w, (uint32_t)c->error);
  sj_put_u64(&w, c->in.passed);
  sj_put_u64(&w, c->out.passed);
  sj_put_u64(&w, sj_now() - c->begun);
  put_peer(&w, c);
  put_here(&w, c);
  put_tried(&w, c);
  c->state = TO_REPORT;
  if (sj_send(r->java, SJ_RELAY_ENDED, c->id, body, w.length, NULL, 0) != 0 && (errno == EAGAIN || errno == ENOBUFS)) {
    places.unsaid = true;
    return;
  }
  /* Taken, or there is nobody any more to take it. */
  c->state = FREE;
  places.used[side(c->link)]--;
  places.short_of = false;
  sj_watch_listeners(r);
}

/* Of what was broken off or refused the peer hears that it was, not that it came to its end. */
static void hang_up(int *fd, bool reset) {
  const struct linger at_once = {1, 0};
  if (*fd < 0)
    return;
  if (reset)
    (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(*fd);
  *fd = -1;
}

static void finish(struct sj_relay *r, struct connection *c, uint32_t outcome, int error) {
  if (c->state == TO_REPORT)
    return;
  take_time(c);
  if (outcome == SJ_CAME_TO_NOTHING && c->said.size[SJ_SAY_FAILURE] > 0 && c->inside >= 0)
    c->polite = sj_say_kept(&c->said, c->inside, SJ_SAY_FAILURE);
  sj_forget_said(&c->said);
  hang_up(&c->inside, outcome != SJ_CAME_TO_END && !c->polite);
  /* What a sandbox that has ended had written is the kernel's to deliver now, however slow the peer reads: a reset would drop it. */
  hang_up(&c->outside, outcome != SJ_CAME_TO_END && !(r->ended && c->out.shut));
  sj_flow_free(&c->in);
  sj_flow_free(&c->out);
  c->more = false;
  c->outcome = outcome;
  c->error = error;
  report(r, c);
}

/* ---------------------------------------------------------------- bytes */

static void move(struct sj_relay *r, struct connection *c) {
  bool more = false;
  int error = sj_flow_move(&c->out, c->inside, c->outside, &more);
  /* A sandbox that has ended takes nothing any more. */
  if (error == 0 && !r->ended)
    error = sj_flow_move(&c->in, c->outside, c->inside, &more);
  c->more = more;
  places.more = places.more || more;
  if (error != 0)
    finish(r, c, SJ_CAME_TO_BREAK, error);
  else if (c->out.shut && c->in.shut)
    finish(r, c, SJ_CAME_TO_END, 0);
  else if (c->out.shut && r->ended) /* which of the two sides was first to know must make no difference */
    finish(r, c, c->in.held == 0 ? SJ_CAME_TO_END : SJ_CAME_TO_BREAK, c->in.held == 0 ? 0 : ECONNRESET);
}

bool sj_move_more(struct sj_relay *r) {
  if (!places.more)
    return false;
  places.more = false;
  for (uint32_t i = 0; i < 2 * places.most; i++)
    if (places.all[i].state == OPEN && places.all[i].more)
      move(r, &places.all[i]);
  return places.more;
}

/* ---------------------------------------------------------------- the beginning of one */

static bool near(const union sj_address *a) {
  const struct in6_addr *six = &a->in6.sin6_addr;
  if (a->any.sa_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET);
  return a->any.sa_family == AF_INET && ntohl(a->in.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

/*
 * Sockets of files have no such things, which are for speed alone. Over a loopback device nothing is congested but the reader, and what the
 * host has chosen for the Internet may hold back there: BBR lets packets out by a timer, at a rate that it takes a slow reader to have set.
 */
static void hurry(int fd, bool loopback) {
  int one = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (loopback)
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4); /* the one that every kernel has and anybody may choose */
}

/*
 * What nobody reads fills the buffers of the relay's sockets, which no limit of the sandbox counts: as large as they may become by
 * themselves they are megabytes each.
 */
static void bound_buffers(int fd) {
  int size = BUFFER;
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* the kernel takes less where it allows less */
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/* What comes before that which is passed on. It counts as passed on where it stands for bytes of the sandbox. An error number, or 0. */
static int say_first(struct connection *c) {
  uint32_t size = c->said.size[SJ_SAY_SERVER];
  if (size > places.bytes_left)
    return EDQUOT;
  if (!sj_say_kept(&c->said, c->outside, SJ_SAY_SERVER) || !sj_say_kept(&c->said, c->inside, SJ_SAY_CLIENT))
    return errno;
  places.bytes_left -= size;
  c->out.passed += size;
  sj_forget_said(&c->said);
  return 0;
}

static void open_both(struct sj_relay *r, struct connection *c) {
  const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  bool published = side(c->link) == 0;
  bound_buffers(c->inside);
  bound_buffers(c->outside);
  int known = published ? c->inside : c->outside;
  struct epoll_event event = {.events = events, .data.u64 = (uint64_t)(published ? SJ_OF_INSIDE : SJ_OF_OUTSIDE) << SJ_OF_SHIFT | c->id};
  hurry(c->inside, true);
  hurry(c->outside, near(published ? &c->peer : &sj_link(c->link)->address));
  c->state = OPEN;
  take_time(c);
  int unsaid = say_first(c);
  if (unsaid != 0) {
    finish(r, c, SJ_CAME_TO_BREAK, unsaid);
    return;
  }
  bool both = epoll_ctl(r->epoll, EPOLL_CTL_MOD, known, &event) == 0 &&
              watch(r, published ? c->outside : c->inside, published ? SJ_OF_OUTSIDE : SJ_OF_INSIDE, c->id, events);
  if (both)
    move(r, c);
  else
    finish(r, c, SJ_CAME_TO_BREAK, errno);
}

/* Asks the supervisor for a socket to the next place inside. */
static void reach(struct sj_relay *r, struct connection *c) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  const struct sj_link *l = sj_link(c->link);
  if (r->channel < 0) {
    finish(r, c, SJ_CAME_TO_NOTHING, ECONNRESET);
    return;
  }
  sj_put_u32(&w, l->first + c->tried);
  c->state = TO_REACH;
  if (sj_send(r->channel, SJ_REACH_FOR, c->id, body, w.length, NULL, 0) == 0)
    c->state = REACHING;
  else if (errno == EAGAIN || errno == ENOBUFS)
    places.unsaid = true;
  else
    finish(r, c, SJ_CAME_TO_NOTHING, errno);
}

static void connecting(struct sj_relay *r, struct connection *c, int fd, enum sj_of of) {
  c->state = CONNECTING;
  if (!watch(r, fd, of, c->id, EPOLLOUT))
    finish(r, c, SJ_CAME_TO_NOTHING, errno);
}

/* To the addresses that Java has named, from `tried` on. */
static void connect_named(struct sj_relay *r, struct connection *c) {
  int error = EHOSTUNREACH;
  for (; c->tried < c->nto; c->tried++) {
    c->reached_for = true;
    c->outside = sj_connect_to((const struct sockaddr *)&c->to[c->tried].address, c->to[c->tried].size);
    if (c->outside >= 0) {
      give_time(c, places.bounds.reaching);
      connecting(r, c, c->outside, SJ_OF_OUTSIDE);
      return;
    }
    error = errno;
  }
  c->tried = c->nto > 0 ? c->nto - 1 : 0;
  finish(r, c, SJ_CAME_TO_NOTHING, error);
}

/* Of a server that listens on one of IPv4 and IPv6 alone, or has several addresses. */
static void next_place(struct sj_relay *r, struct connection *c, int error) {
  const struct sj_link *l = sj_link(c->link);
  if (l->named && c->tried + 1 < c->nto) {
    hang_up(&c->outside, true);
    c->tried++;
    connect_named(r, c);
    return;
  }
  hang_up(&c->inside, true);
  bool again = l->kind == SJ_PUBLISHED && (error == ECONNREFUSED || error == EADDRNOTAVAIL || error == EAFNOSUPPORT);
  if (again && ++c->tried < l->count)
    reach(r, c);
  else
    finish(r, c, SJ_CAME_TO_NOTHING, error);
}

static void go_on(struct sj_relay *r, struct connection *c) {
  const struct sj_link *l = sj_link(c->link);
  if (l->kind == SJ_PUBLISHED) {
    reach(r, c);
    return;
  }
  if (l->named) {
    connect_named(r, c);
    return;
  }
  c->outside = sj_connect_outside(l);
  if (c->outside < 0)
    finish(r, c, SJ_CAME_TO_NOTHING, errno);
  else
    connecting(r, c, c->outside, SJ_OF_OUTSIDE);
}

/* They stay in the socket, to be passed on. */
static ssize_t first_bytes(const struct connection *c, uint8_t *bytes) {
  struct iovec part = {bytes, SJ_FIRST_BYTES_MAX};
  struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
  return recvmsg(c->inside, &head, MSG_PEEK | MSG_DONTWAIT);
}

static void ask(struct sj_relay *r, struct connection *c) {
  static uint8_t body[256 + SJ_FIRST_BYTES_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  size_t seen = 0;
  sj_put_u32(&w, c->link);
  put_peer(&w, c);
  put_here(&w, c);
  if (c->shows) {
    ssize_t n = first_bytes(c, body + w.length + 4);
    /* Nothing new, although something was heard: it has ended. */
    if (n < 0 || (size_t)n <= c->seen || c->shown >= SHOWN_MAX) {
      finish(r, c, SJ_CAME_TO_REFUSAL, n < 0 ? errno : c->shown >= SHOWN_MAX ? EMSGSIZE : ENODATA);
      return;
    }
    seen = (size_t)n;
  }
  sj_put_u32(&w, (uint32_t)seen);
  w.length += seen;
  c->state = TO_ASK;
  if (sj_send(r->java, SJ_RELAY_ASKS, c->id, body, w.length, NULL, 0) == 0) {
    c->state = ASKING;
    c->seen = seen;
    c->shown++;
  } else if (errno == EAGAIN || errno == ENOBUFS)
    places.unsaid = true;
  else
    finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

static void set_least(const struct connection *c, int bytes) {
  (void)setsockopt(c->inside, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes); /* else more is heard of than is needed */
}

static void peek(struct sj_relay *r, struct connection *c, uint32_t bytes) {
  c->state = PEEKING;
  set_least(c, (int)bytes);
  if (!watch(r, c->inside, SJ_OF_INSIDE, c->id, EPOLLIN | EPOLLRDHUP))
    finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

static void come(struct sj_relay *r, struct connection *c) {
  if (epoll_ctl(r->epoll, EPOLL_CTL_DEL, c->inside, NULL) != 0)
    finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  else
    ask(r, c);
}

/* What is said at once to who is answered; what goes to others is kept until they are there. False with errno. */
static bool take_said(struct connection *c, const struct sj_decision *d) {
  if (!sj_take_away(c->inside, d->taken))
    return false;
  if (d->answer != SJ_ANSWER_GO)
    return sj_say(c->inside, d->said[SJ_SAY_CLIENT].bytes, d->said[SJ_SAY_CLIENT].size);
  return sj_keep_said(&c->said, d);
}

static void ask_for_more(struct sj_relay *r, struct connection *c, const struct sj_decision *d) {
  c->seen = d->taken > 0 ? 0 : c->seen;
  if (c->deadline == 0)
    give_time(c, places.bounds.first_bytes);
  c->shows = true;
  peek(r, c, d->bytes > c->seen ? d->bytes : (uint32_t)c->seen + 1);
}

static void take_addresses(struct connection *c, const struct sj_decision *d) {
  c->nto = d->count;
  c->tried = 0;
  for (uint32_t i = 0; i < d->count; i++) {
    memcpy(&c->to[i].address, d->address[i].bytes, d->address[i].size);
    c->to[i].size = d->address[i].size;
  }
}

void sj_decided(struct sj_relay *r, uint64_t id, const struct sj_decision *d) {
  struct connection *c = find(id);
  if (c == NULL || c->state != ASKING)
    return; /* it has ended meanwhile */
  const struct sj_link *l = sj_link(c->link);
  bool says = d->taken > 0 || d->said[SJ_SAY_CLIENT].size + d->said[SJ_SAY_FAILURE].size + d->said[SJ_SAY_SERVER].size > 0;
  bool good = d->taken <= c->seen && (l->named || !says) &&
              (d->answer == SJ_ANSWER_GO ? l->named == (d->count > 0) : d->answer == SJ_ANSWER_REFUSE || l->named);
  errno = EPROTO;
  if (!good || (says && !take_said(c, d))) {
    finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  } else if (d->answer == SJ_ANSWER_REFUSE) {
    c->polite = says;
    finish(r, c, SJ_CAME_TO_REFUSAL, 0);
  } else if (d->answer == SJ_ANSWER_MORE) {
    ask_for_more(r, c, d);
  } else {
    if (c->shows)
      set_least(c, 1);
    take_time(c);
    take_addresses(c, d);
    go_on(r, c); /* a program that has ended may have written before; to one inside nothing leads any more, see reach() */
  }
}

void sj_reached(struct sj_relay *r, struct sj_message *m) {
  struct sj_reader reader;
  struct connection *c = find(m->head.id);
  sj_reader_init(&reader, m->body, m->head.length);
  uint32_t error = sj_u32(&reader);
  if (c == NULL || c->state != REACHING || reader.bad)
    return;
  if (error != 0 || m->nfds != 1) {
    next_place(r, c, error != 0 ? (int)error : EPROTO);
    return;
  }
  c->inside = m->fds[0];
  m->nfds = 0;
  connecting(r, c, c->inside, SJ_OF_INSIDE);
}

void sj_connection_event(struct sj_relay *r, uint64_t id) {
  struct connection *c = find(id);
  if (c == NULL)
    return;
  if (c->state == OPEN) {
    move(r, c);
  } else if (c->state == PEEKING) {
    come(r, c);
  } else if (c->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(side(c->link) == 0 ? c->inside : c->outside, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
      error = errno;
    if (error == 0)
      open_both(r, c);
    else
      next_place(r, c, error);
  }
}

static struct connection *place(unsigned of) {
  for (uint32_t i = of * places.most; i < (of + 1) * places.most; i++)
    if (places.all[i].state == FREE) {
      memset(&places.all[i], 0, sizeof places.all[i]);
      places.all[i].id = ++places.count << SLOT_BITS | i;
      places.all[i].id &= SJ_OF_MASK;
      return &places.all[i];
    }
  return NULL;
}

/* Those that the sandbox begins may be so many a second. */
static bool is_due(unsigned of) {
  uint64_t now = sj_now();
  if (of == 0 || places.bounds.per_second == 0)
    return true;
  uint64_t interval = SECOND / places.bounds.per_second;
  uint64_t next = places.next > now ? places.next : now;
  places.held_back = next - now > SECOND - interval;
  return !places.held_back;
}

static void count_one(unsigned of) {
  uint64_t now = sj_now();
  if (of == 1 && places.bounds.per_second > 0)
    places.next = (places.next > now ? places.next : now) + SECOND / places.bounds.per_second;
}

static void begin_one(struct sj_relay *r, struct connection *c) {
  const struct sj_link *l = sj_link(c->link);
  if (side(c->link) == 1 && places.bytes_left == 0) {
    finish(r, c, SJ_CAME_TO_REFUSAL, EDQUOT);
  } else if (l->first_bytes) {
    give_time(c, places.bounds.first_bytes);
    c->shows = true;
    peek(r, c, 1);
  } else if (l->asks) {
    ask(r, c);
  } else {
    go_on(r, c);
  }
}

void sj_accept(struct sj_relay *r, uint32_t listener) {
  if (listener >= nlisteners || listeners[listener].fd < 0)
    return;
  uint32_t link = listeners[listener].link;
  unsigned of = side(link);
  while (places.used[of] < places.most && is_due(of)) {
    union sj_address peer;
    socklen_t size = sizeof peer;
    memset(&peer, 0, sizeof peer);
    int fd = accept4(listeners[listener].fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      places.short_of = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      listeners[listener].waiting = listeners[listener].waiting && errno != EAGAIN;
      break;
    }
    struct connection *c = place(of);
    if (c == NULL) {
      close(fd); /* cannot be: there is a place as long as not all are used */
      break;
    }
    places.used[of]++;
    count_one(of);
    c->link = link;
    c->begun = sj_now();
    c->peer = peer;
    c->peer_size = size < sizeof peer ? size : (socklen_t)sizeof peer;
    c->inside = of == 0 ? -1 : fd;
    c->outside = of == 0 ? fd : -1;
    c->here.size = sizeof c->here.address;
    if (!sj_link(link)->named || getsockname(fd, (struct sockaddr *)&c->here.address, &c->here.size) != 0 ||
        c->here.size > sizeof c->here.address)
      c->here.size = 0;
    sj_flow_init(&c->in);
    sj_flow_init(&c->out);
    c->in.left = c->out.left = of == 1 ? &places.bytes_left : NULL;
    begin_one(r, c);
  }
  if (r->ended && !listeners[listener].waiting)
    close_listener(listener); /* nobody is left who could come */
  sj_watch_listeners(r);
}

/* ---------------------------------------------------------------- all of them */

bool sj_waits_for_time(void) {
  return places.timed > 0 || places.held_back;
}

void sj_look_at_the_clock(struct sj_relay *r) {
  uint64_t now = sj_now();
  if (now - places.looked < TICK)
    return;
  places.looked = now;
  if (places.held_back && is_due(1))
    sj_watch_listeners(r);
  for (uint32_t i = 0; i < 2 * places.most && places.timed > 0; i++) {
    struct connection *c = &places.all[i];
    if (c->deadline == 0 || c->deadline > now)
      continue;
    if (c->state == PEEKING)
      finish(r, c, SJ_CAME_TO_REFUSAL, ETIMEDOUT);
    else if (c->state == CONNECTING)
      next_place(r, c, ETIMEDOUT);
  }
}

bool sj_has_unsaid(void) {
  return places.unsaid;
}

bool sj_is_short(void) {
  return places.short_of;
}

void sj_say_again(struct sj_relay *r) {
  places.short_of = places.unsaid = false;
  for (uint32_t i = 0; places.all != NULL && i < 2 * places.most; i++) {
    struct connection *c = &places.all[i];
    if (c->state == TO_ASK)
      ask(r, c);
    else if (c->state == TO_REACH)
      reach(r, c);
    else if (c->state == TO_REPORT)
      report(r, c);
  }
  sj_watch_listeners(r);
}

void sj_accept_rest(struct sj_relay *r) {
  for (uint32_t i = 0; i < nlisteners; i++)
    if (listeners[i].waiting)
      sj_accept(r, i);
}

/* A server inside is gone, unless it was connected to. Clients inside are gone too, but what they wrote is in the kernel's queues. */
void sj_connections_ended(struct sj_relay *r) {
  for (uint32_t i = 0; i < nlisteners; i++) {
    listeners[i].waiting = side(listeners[i].link) == 1;
    if (!listeners[i].waiting)
      close_listener(i);
  }
  sj_accept_rest(r);
  for (uint32_t i = 0; places.all != NULL && i < 2 * places.most; i++) {
    struct connection *c = &places.all[i];
    if (c->state == OPEN)
      move(r, c);
    else if (c->state == TO_REACH || c->state == REACHING || (side(c->link) == 0 && (c->state == TO_ASK || c->state == ASKING)))
      finish(r, c, SJ_CAME_TO_NOTHING, ECONNRESET);
  }
}

void sj_drop_connections(struct sj_relay *r) {
  for (uint32_t i = 0; i < nlisteners; i++)
    close_listener(i);
  for (uint32_t i = 0; places.all != NULL && i < 2 * places.most; i++)
    if (places.all[i].state != FREE)
      finish(r, &places.all[i], places.all[i].state == OPEN ? SJ_CAME_TO_BREAK : SJ_CAME_TO_NOTHING, ETIMEDOUT);
}
