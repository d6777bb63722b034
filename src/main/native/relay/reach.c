#define _GNU_SOURCE
#include "relay/reach.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/encode.h"
#include "protocol/internal.h"
#include "relay/end.h"
#include "relay/move.h"

/* Its answers fit into the socket's buffer, however long this process doesn't read them. */
enum { UNANSWERED_MAX = 64 };

void sj_reach_inside(struct sj_relay *r, struct sj_connection *c) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  const struct sj_link *l = sj_link(c->link);
  if (r->channel < 0) {
    sj_finish(r, c, SJ_CAME_TO_NOTHING, ECONNRESET);
    return;
  }
  sj_put_u32(&w, l->first + c->tried);
  c->state = SJ_TO_REACH;
  if (r->unanswered >= UNANSWERED_MAX) {
    r->behind = true;
    return;
  }
  if (sj_send(r->channel, SJ_REACH_FOR, c->id, body, w.length, NULL, 0) == 0) {
    c->state = SJ_REACHING;
    r->unanswered++;
  } else if (errno == EAGAIN || errno == ENOBUFS)
    r->unsent |= SJ_TO_SUPERVISOR;
  else
    sj_finish(r, c, SJ_CAME_TO_NOTHING, errno);
}

static void connecting(struct sj_relay *r, struct sj_connection *c, int fd, enum sj_of of) {
  c->state = SJ_CONNECTING;
  if (!sj_hear(r, EPOLL_CTL_ADD, fd, of, c->id, EPOLLOUT))
    sj_finish(r, c, SJ_CAME_TO_NOTHING, errno);
}

/* To the addresses that Java has named, from `tried` on. */
static void connect_named(struct sj_relay *r, struct sj_connection *c) {
  int error = EHOSTUNREACH;
  for (; c->tried < c->nto; c->tried++) {
    c->reached_for = true;
    c->outside = sj_connect_to((const struct sockaddr *)&c->to[c->tried].address, c->to[c->tried].size);
    if (c->outside >= 0) {
      sj_give_time(r, c, r->bounds.reaching);
      connecting(r, c, c->outside, SJ_OF_OUTSIDE);
      return;
    }
    error = errno;
  }
  c->tried = c->nto > 0 ? c->nto - 1 : 0;
  sj_finish(r, c, SJ_CAME_TO_NOTHING, error);
}

/* Of a server that listens on one of IPv4 and IPv6 alone, or has several addresses. */
void sj_reach_next(struct sj_relay *r, struct sj_connection *c, int error) {
  const struct sj_link *l = sj_link(c->link);
  if (l->named && c->tried + 1 < c->nto) {
    sj_hang_up(&c->outside, true);
    c->tried++;
    connect_named(r, c);
    return;
  }
  if (l->kind == SJ_PUBLISHED)
    sj_hang_up(&c->inside, true);
  bool again = l->kind == SJ_PUBLISHED && (error == ECONNREFUSED || error == EADDRNOTAVAIL || error == EAFNOSUPPORT);
  if (again && ++c->tried < l->count)
    sj_reach_inside(r, c);
  else
    sj_finish(r, c, SJ_CAME_TO_NOTHING, error);
}

void sj_reach(struct sj_relay *r, struct sj_connection *c) {
  const struct sj_link *l = sj_link(c->link);
  if (l->kind == SJ_PUBLISHED) {
    sj_reach_inside(r, c);
    return;
  }
  if (l->named) {
    connect_named(r, c);
    return;
  }
  c->outside = sj_connect_outside(l);
  if (c->outside < 0)
    sj_finish(r, c, SJ_CAME_TO_NOTHING, errno);
  else
    connecting(r, c, c->outside, SJ_OF_OUTSIDE);
}

/* By a pair of sockets that has no name: nobody but Java can be at the other end. */
void sj_hand(struct sj_relay *r, struct sj_connection *c) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    sj_finish(r, c, SJ_CAME_TO_NOTHING, errno);
    return;
  }
  c->outside = pair[0];
  c->state = SJ_TO_HAND;
  bool sent = sj_hear(r, EPOLL_CTL_ADD, c->outside, SJ_OF_OUTSIDE, c->id, 0) && sj_send(r->java, SJ_RELAY_HANDED, c->id, NULL, 0, &pair[1], 1) == 0;
  int error = errno;
  close(pair[1]);
  if (sent) {
    sj_open_both(r, c);
  } else if (error == EAGAIN || error == ENOBUFS) {
    sj_hang_up(&c->outside, false);
    r->unsent |= SJ_TO_JAVA;
  } else {
    sj_finish(r, c, SJ_CAME_TO_NOTHING, error);
  }
}

void sj_reached_nothing(struct sj_relay *r, uint64_t id, int error) {
  struct sj_connection *c = sj_connection(r, id);
  r->unanswered -= r->unanswered > 0;
  if (c != NULL && c->state == SJ_REACHING)
    sj_reach_next(r, c, error);
}

void sj_reached(struct sj_relay *r, struct sj_message *m) {
  struct sj_reader reader;
  r->unanswered -= r->unanswered > 0;
  struct sj_connection *c = sj_connection(r, m->head.id);
  sj_reader_init(&reader, m->body, m->head.length);
  uint32_t error = sj_u32(&reader);
  if (c == NULL || c->state != SJ_REACHING || reader.bad)
    return;
  if (error != 0 || m->nfds != 1) {
    sj_reach_next(r, c, error != 0 ? (int)error : EPROTO);
    return;
  }
  c->inside = m->fds[0];
  m->nfds = 0;
  connecting(r, c, c->inside, SJ_OF_INSIDE);
}

/*
 * A socket that connects to a port of its own host where nobody listens is connected to itself when the kernel happens to choose that port for
 * it. Whoever tries often enough would have the port, and its server could not listen there.
 */
static bool leads_to_itself(int fd) {
  union sj_address here, there;
  socklen_t here_size = sizeof here, there_size = sizeof there;
  if (getsockname(fd, &here.any, &here_size) != 0 || getpeername(fd, &there.any, &there_size) != 0 || here.any.sa_family != there.any.sa_family)
    return false;
  if (here.any.sa_family == AF_INET)
    return here.in.sin_port == there.in.sin_port && here.in.sin_addr.s_addr == there.in.sin_addr.s_addr;
  return here.any.sa_family == AF_INET6 && here.in6.sin6_port == there.in6.sin6_port &&
         memcmp(&here.in6.sin6_addr, &there.in6.sin6_addr, sizeof here.in6.sin6_addr) == 0;
}

void sj_connected(struct sj_relay *r, struct sj_connection *c) {
  int fd = sj_side(c->link) == 0 ? c->inside : c->outside;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    error = errno;
  if (error == 0 && leads_to_itself(fd))
    error = ECONNREFUSED;
  if (error == 0)
    sj_open_both(r, c);
  else
    sj_reach_next(r, c, error);
}
