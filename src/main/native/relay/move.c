#define _GNU_SOURCE
#include "relay/move.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "relay/end.h"

enum { BUFFER = 1 << 17, IDLE_S = 60 };

void sj_move(struct sj_relay *r, struct sj_connection *c) {
  bool more = false;
  int error = sj_flow_move(&c->out, c->inside, c->outside, &more);
  /* A sandbox that has ended takes nothing any more. */
  if (error == 0 && !r->ended)
    error = sj_flow_move(&c->in, c->outside, c->inside, &more);
  c->more = more;
  r->more = r->more || more;
  if (error == EMFILE || error == ENFILE)
    c->starved = r->starved = true; /* others will end, and give theirs back */
  else if (error != 0)
    sj_finish(r, c, SJ_CAME_TO_BREAK, error);
  else if ((c->out.shut && c->in.shut) || (c->out.shut && c->gone[0]) || (c->in.shut && c->gone[1]))
    sj_finish(r, c, SJ_CAME_TO_END, 0);
  else if (c->out.shut && r->ended) /* which of the two sides was first to know must make no difference */
    sj_finish(r, c, c->in.held == 0 ? SJ_CAME_TO_END : SJ_CAME_TO_BREAK, c->in.held == 0 ? 0 : ECONNRESET);
}

bool sj_move_more(struct sj_relay *r) {
  struct sj_connection *c;
  if (!r->more)
    return false;
  r->more = false;
  for (uint32_t i = 0; (c = sj_connection_at(r, i)) != NULL; i++)
    if (c->state == SJ_OPEN && c->more)
      sj_move(r, c);
  return r->more;
}

static bool is_loopback(const union sj_address *a) {
  const struct in6_addr *six = &a->in6.sin6_addr;
  if (a->any.sa_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET);
  return a->any.sa_family == AF_INET && ntohl(a->in.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

/*
 * Sockets of files have no such things, which are for speed alone. Over a loopback device nothing is congested but the reader, and what the
 * host has chosen for the Internet may hold back there: BBR lets packets out by a timer, at a rate that it takes a slow reader to have set.
 */
static void send_at_once(int fd, bool loopback) {
  int one = 1, idle = IDLE_S;
  /* A server that has closed its socket is told apart from one that has only ended its half by the kernel's answer to a probe. */
  (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
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
static int say_first(struct sj_relay *r, struct sj_connection *c) {
  uint32_t size = c->said.size[SJ_SAY_SERVER];
  if (size > r->bytes_left)
    return EDQUOT;
  if (!sj_say_kept(&c->said, c->outside, SJ_SAY_SERVER) || !sj_say_kept(&c->said, c->inside, SJ_SAY_CLIENT))
    return errno;
  r->bytes_left -= size;
  c->out.passed += size;
  sj_forget_said(&c->said);
  return 0;
}

void sj_open_both(struct sj_relay *r, struct sj_connection *c) {
  const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  bool published = sj_side(c->link) == 0;
  enum sj_of heard = published ? SJ_OF_INSIDE : SJ_OF_OUTSIDE, unheard = published ? SJ_OF_OUTSIDE : SJ_OF_INSIDE;
  bound_buffers(c->inside);
  bound_buffers(c->outside);
  send_at_once(c->inside, true);
  send_at_once(c->outside, is_loopback(published ? &c->peer : &sj_link(c->link)->address));
  c->state = SJ_OPEN;
  c->out.first = sj_first_bytes(r, c);
  c->out.nfirst = c->nfirst;
  sj_take_time(r, c);
  int unsaid = say_first(r, c);
  if (unsaid != 0) {
    sj_finish(r, c, SJ_CAME_TO_BREAK, unsaid);
    return;
  }
  if (sj_hear(r, EPOLL_CTL_MOD, published ? c->inside : c->outside, heard, c->id, events) &&
      sj_hear(r, EPOLL_CTL_ADD, published ? c->outside : c->inside, unheard, c->id, events))
    sj_move(r, c);
  else
    sj_finish(r, c, SJ_CAME_TO_BREAK, errno);
}
