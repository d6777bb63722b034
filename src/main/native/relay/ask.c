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

/* They stay in the socket, to be passed on. */
static ssize_t first_bytes(const struct sj_connection *c, uint8_t *bytes) {
  struct iovec part = {bytes, SJ_FIRST_BYTES_MAX};
  struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
  return recvmsg(c->inside, &head, MSG_PEEK | MSG_DONTWAIT);
}

void sj_ask(struct sj_relay *r, struct sj_connection *c) {
  static uint8_t body[256 + SJ_FIRST_BYTES_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  size_t seen = 0;
  sj_put_u32(&w, c->link);
  sj_put_peer(&w, c);
  if (c->shows) {
    ssize_t n = first_bytes(c, body + w.length + 4);
    /* Nothing new, although something was heard: it has ended. */
    if (n < 0 || (size_t)n <= c->seen || c->shown >= SHOWN_MAX) {
      sj_finish(r, c, SJ_CAME_TO_REFUSAL, n < 0 ? errno : c->shown >= SHOWN_MAX ? EMSGSIZE : ENODATA);
      return;
    }
    seen = (size_t)n;
  }
  sj_put_u32(&w, (uint32_t)seen);
  w.length += seen;
  c->state = SJ_TO_ASK;
  if (sj_send(r->java, SJ_RELAY_ASKS, c->id, body, w.length, NULL, 0) == 0) {
    c->state = SJ_ASKING;
    c->seen = seen;
    c->shown++;
  } else if (errno == EAGAIN || errno == ENOBUFS)
    r->unsent = true;
  else
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

static void set_least(const struct sj_connection *c, int bytes) {
  (void)setsockopt(c->inside, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes); /* else more is heard of than is needed */
}

static void peek(struct sj_relay *r, struct sj_connection *c, uint32_t bytes) {
  c->state = SJ_PEEKING;
  set_least(c, (int)bytes);
  if (!sj_hear(r, EPOLL_CTL_ADD, c->inside, SJ_OF_INSIDE, c->id, EPOLLIN | EPOLLRDHUP))
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
}

void sj_ask_with_first_bytes(struct sj_relay *r, struct sj_connection *c) {
  sj_give_time(r, c, r->bounds.first_bytes);
  c->shows = true;
  peek(r, c, 1);
}

void sj_peeked(struct sj_relay *r, struct sj_connection *c) {
  if (epoll_ctl(r->epoll, EPOLL_CTL_DEL, c->inside, NULL) != 0)
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  else
    sj_ask(r, c);
}

/* What is said at once to who is answered; what goes to others is kept until they are there. False with errno. */
static bool take_said(struct sj_connection *c, const struct sj_decision *d) {
  if (!sj_take_away(c->inside, d->taken))
    return false;
  if (d->answer != SJ_ANSWER_GO)
    return sj_say(c->inside, d->said[SJ_SAY_CLIENT].bytes, d->said[SJ_SAY_CLIENT].size);
  return sj_keep_said(&c->said, d);
}

static void ask_for_more(struct sj_relay *r, struct sj_connection *c, const struct sj_decision *d) {
  c->seen = d->taken > 0 ? 0 : c->seen;
  if (c->deadline == 0)
    sj_give_time(r, c, r->bounds.first_bytes);
  c->shows = true;
  peek(r, c, d->bytes > c->seen ? d->bytes : (uint32_t)c->seen + 1);
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
  bool good = d->taken <= c->seen && (l->named || !says) &&
              (d->answer == SJ_ANSWER_GO ? l->named == (d->count > 0) : d->answer == SJ_ANSWER_REFUSE || l->named);
  errno = EPROTO;
  if (!good || (says && !take_said(c, d))) {
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, errno);
  } else if (d->answer == SJ_ANSWER_REFUSE) {
    c->polite = says;
    sj_finish(r, c, SJ_CAME_TO_REFUSAL, 0);
  } else if (d->answer == SJ_ANSWER_MORE) {
    ask_for_more(r, c, d);
  } else {
    if (c->shows)
      set_least(c, 1);
    sj_take_time(r, c);
    take_addresses(c, d);
    sj_reach(r, c); /* a program that has ended may have written before; to one inside nothing leads any more, see sj_reach_inside() */
  }
}
