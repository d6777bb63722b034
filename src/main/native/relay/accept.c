#define _GNU_SOURCE
#include "relay/accept.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "relay/ask.h"
#include "relay/end.h"
#include "relay/listeners.h"
#include "relay/reach.h"

static void begin(struct sj_relay *r, struct sj_connection *c) {
  const struct sj_link *l = sj_link(c->link);
  if (sj_side(c->link) == 1 && r->bytes_left == 0)
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, EDQUOT);
  else if (l->first_bytes)
    sj_ask_with_first_bytes(r, c);
  else if (l->asks)
    sj_ask(r, c);
  else
    sj_reach(r, c);
}

void sj_accept(struct sj_relay *r, uint32_t listener) {
  if (listener >= r->nlisteners || r->listeners[listener].fd < 0)
    return;
  struct sj_listener *l = &r->listeners[listener];
  unsigned side = sj_side(l->link);
  while (sj_has_place(r, side) && sj_is_due(r, side)) {
    union sj_address peer;
    socklen_t size = sizeof peer;
    memset(&peer, 0, sizeof peer);
    int fd = accept4(l->fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      bool destroyed = errno == EINVAL || errno == EBADF || errno == EOPNOTSUPP; /* SOCK_DESTROY of sock_diag(7) does that */
      r->short_of = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      l->waiting = l->waiting && errno != EAGAIN;
      if (destroyed)
        sj_close_listener(l); /* else epoll tells of its end for ever */
      break;
    }
    struct sj_connection *c = sj_take_place(r, side);
    if (c == NULL) {
      close(fd); /* cannot be: there is a place as long as not all are used */
      break;
    }
    sj_count_one(r, side);
    c->link = l->link;
    c->begun = sj_now();
    c->peer = peer;
    c->peer_size = size < sizeof peer ? size : (socklen_t)sizeof peer;
    c->inside = side == 0 ? -1 : fd;
    c->outside = side == 0 ? fd : -1;
    c->here.size = sizeof c->here.address;
    if (!sj_link(c->link)->named || getsockname(fd, (struct sockaddr *)&c->here.address, &c->here.size) != 0 ||
        c->here.size > sizeof c->here.address)
      c->here.size = 0;
    sj_flow_init(&c->in);
    sj_flow_init(&c->out);
    c->in.left = c->out.left = side == 1 ? &r->bytes_left : NULL;
    begin(r, c);
  }
  if (r->ended && !l->waiting)
    sj_close_listener(l); /* nobody is left who could come */
  sj_watch_listeners(r);
}

void sj_accept_rest(struct sj_relay *r) {
  for (uint32_t i = 0; i < r->nlisteners; i++)
    if (r->listeners[i].waiting)
      sj_accept(r, i);
}
