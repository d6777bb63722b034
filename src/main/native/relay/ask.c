#define _GNU_SOURCE
#include "relay/ask.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "protocol/encode.h"
#include "protocol/transport.h"
#include "relay/end.h"
#include "relay/reach.h"

enum { SHOWN_MAX = 64 };

/*
 * They are taken out, and what was shown is what is passed on later. What stayed in the socket could be changed meanwhile: its pages may be
 * the sandbox's own (sendfile(2)), and urgent data becomes part of the stream when more of it comes.
 */
static ssize_t take_first_bytes(const struct sj_relay *r, struct sj_connection *c) {
  struct iovec part = {sj_first_bytes(r, c) + c->nfirst, SJ_FIRST_BYTES_MAX - c->nfirst};
  struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
  ssize_t n = recvmsg(c->inside, &head, MSG_DONTWAIT);
  if (n > 0)
    c->nfirst += (size_t)n;
  return n;
}

void sj_ask(struct sj_relay *r, struct sj_connection *c) {
  static uint8_t body[256 + SJ_FIRST_BYTES_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, c->link);
  sj_put_peer(&w, c);
  sj_put_u32(&w, (uint32_t)c->nfirst);
  if (c->nfirst > 0)
    memcpy(body + w.length, sj_first_bytes(r, c), c->nfirst);
  w.length += c->nfirst;
  c->state = SJ_TO_ASK;
  if (sj_send(r->java, SJ_RELAY_ASKS, c->id, body, w.length, NULL, 0) == 0) {
    c->state = SJ_ASKING;
    c->shown++;
  } else if (errno == EAGAIN || errno == ENOBUFS)
    r->unsent |= SJ_TO_JAVA;
  else
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

/* Shows them again when there are so many. */
static void listen_for(struct sj_relay *r, struct sj_connection *c, size_t bytes) {
  if (bytes > SJ_FIRST_BYTES_MAX || c->shown >= SHOWN_MAX) {
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, EMSGSIZE);
    return;
  }
  c->wanted = bytes;
  if (c->nfirst >= bytes) {
    sj_ask(r, c);
    return;
  }
  c->state = SJ_PEEKING;
  if (!sj_hear(r, EPOLL_CTL_ADD, c->inside, SJ_OF_INSIDE, c->id, EPOLLIN | EPOLLRDHUP))
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

void sj_ask_with_first_bytes(struct sj_relay *r, struct sj_connection *c) {
  if (sj_first_bytes(r, c) == NULL) {
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, EPROTO); /* a published port shows none */
    return;
  }
  sj_give_time(r, c, r->bounds.first_bytes);
  listen_for(r, c, 1);
}

void sj_peeked(struct sj_relay *r, struct sj_connection *c) {
  ssize_t n = take_first_bytes(r, c);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return; /* of urgent data alone nothing is read */
  if (n <= 0)
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, n < 0 ? errno : ENODATA); /* it has ended */
  else if (c->nfirst < c->wanted)
    return;
  else if (epoll_ctl(r->epoll, EPOLL_CTL_DEL, c->inside, NULL) != 0)
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  else
    sj_ask(r, c);
}

/* What was for a proxy goes no further. */
static void take_away(const struct sj_relay *r, struct sj_connection *c, uint32_t count) {
  uint8_t *bytes = sj_first_bytes(r, c);
  if (count == 0)
    return;
  c->nfirst -= count;
  memmove(bytes, bytes + count, c->nfirst);
}

/* What is said at once to who is answered; what goes to others is kept until they are there. False with errno. */
static bool take_said(const struct sj_relay *r, struct sj_connection *c, const struct sj_decision *d) {
  take_away(r, c, d->taken);
  if (d->answer != SJ_ANSWER_GO)
    return sj_say(c->inside, d->said[SJ_SAY_CLIENT].bytes, d->said[SJ_SAY_CLIENT].size);
  return sj_keep_said(&c->said, d);
}

static void ask_for_more(struct sj_relay *r, struct sj_connection *c, const struct sj_decision *d) {
  size_t known = d->taken > 0 ? 0 : c->nfirst;
  if (c->deadline == 0)
    sj_give_time(r, c, r->bounds.first_bytes);
  listen_for(r, c, d->bytes > known ? d->bytes : known + 1);
}

static void take_addresses(struct sj_connection *c, const struct sj_decision *d) {
  c->nto = d->count;
  c->tried = 0;
  for (uint32_t i = 0; i < d->count; i++) {
    memcpy(&c->to[i].address, d->address[i].bytes, d->address[i].size);
    c->to[i].size = d->address[i].size;
  }
}

void sj_decided(struct sj_relay *r, uint64_t id, const struct sj_decision *d) {
  struct sj_connection *c = sj_connection(r, id);
  if (c == NULL || c->state != SJ_ASKING)
    return; /* it has ended meanwhile */
  const struct sj_link *l = sj_link(c->link);
  bool says = d->taken > 0 || d->said[SJ_SAY_CLIENT].size + d->said[SJ_SAY_FAILURE].size + d->said[SJ_SAY_SERVER].size > 0;
  bool good = d->taken <= c->nfirst && (l->named || !says) &&
              (d->answer == SJ_ANSWER_GO ? l->named == (d->count > 0) : d->answer == SJ_ANSWER_REFUSE || l->named);
  errno = EPROTO;
  if (!good || (says && !take_said(r, c, d))) {
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  } else if (d->answer == SJ_ANSWER_REFUSE) {
    c->polite = says;
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, 0);
  } else if (d->answer == SJ_ANSWER_MORE) {
    ask_for_more(r, c, d);
  } else if (d->answer == SJ_ANSWER_HAND) {
    sj_take_time(r, c);
    sj_hand(r, c);
  } else {
    sj_take_time(r, c);
    take_addresses(c, d);
    sj_reach(r, c); /* a program that has ended may have written before; to one inside nothing leads any more, see sj_reach_inside() */
  }
}
