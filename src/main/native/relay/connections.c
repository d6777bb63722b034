#define _GNU_SOURCE
#include "relay/connections.h"

#include <errno.h>
#include <sys/epoll.h>

#include "kernel/syscalls.h"
#include "relay/accept.h"
#include "relay/ask.h"
#include "relay/end.h"
#include "relay/listeners.h"
#include "relay/move.h"
#include "relay/reach.h"

static const uint64_t TICK = 50000000;

bool sj_connections_any(const struct sj_relay *r) {
  bool any = r->used[0] + r->used[1] > 0;
  for (uint32_t i = 0; i < r->nlisteners && !any; i++)
    any = r->listeners[i].waiting;
  return any;
}

void sj_connection_event(struct sj_relay *r, uint64_t id, bool inside, uint32_t events) {
  struct sj_connection *c = sj_connection(r, id);
  if (c == NULL)
    return;
  if (c->state == SJ_OPEN) {
    c->gone[inside ? 0 : 1] |= (events & EPOLLHUP) != 0;
    (inside ? &c->out : &c->in)->urgent |= (events & EPOLLPRI) != 0;
    sj_move(r, c);
  } else if (c->state == SJ_PEEKING) {
    sj_peeked(r, c);
  } else if (c->state == SJ_CONNECTING) {
    sj_connected(r, c);
  }
}

bool sj_waits_for_time(const struct sj_relay *r) {
  return r->timed > 0 || r->held_back || r->starved;
}

void sj_look_at_the_clock(struct sj_relay *r) {
  struct sj_connection *c;
  uint64_t now = sj_now();
  if (now - r->looked < TICK)
    return;
  r->looked = now;
  if (r->held_back && sj_is_due(r, 1))
    sj_watch_listeners(r);
  bool starved = r->starved;
  r->starved = false;
  for (uint32_t i = 0; starved && (c = sj_connection_at(r, i)) != NULL; i++) {
    if (c->starved && c->state == SJ_OPEN) {
      c->starved = false;
      sj_move(r, c);
    }
  }
  for (uint32_t i = 0; r->timed > 0 && (c = sj_connection_at(r, i)) != NULL; i++) {
    if (c->deadline == 0 || c->deadline > now)
      continue;
    if (c->state == SJ_PEEKING)
      sj_finish(r, c, SJ_CAME_TO_REFUSAL, ETIMEDOUT);
    else if (c->state == SJ_CONNECTING)
      sj_reach_next(r, c, ETIMEDOUT);
  }
}

void sj_send_again(struct sj_relay *r, unsigned whom) {
  struct sj_connection *c;
  r->unsent &= ~whom;
  for (uint32_t i = 0; (r->unsent & whom) == 0 && (c = sj_connection_at(r, i)) != NULL; i++) {
    if (c->state == SJ_TO_ASK && whom == SJ_TO_JAVA)
      sj_ask(r, c);
    else if (c->state == SJ_TO_HAND && whom == SJ_TO_JAVA)
      sj_hand(r, c);
    else if (c->state == SJ_TO_REPORT && whom == SJ_TO_JAVA)
      sj_report(r, c);
    else if (c->state == SJ_TO_REACH && whom == SJ_TO_SUPERVISOR && !r->behind)
      sj_reach_inside(r, c);
  }
}

void sj_accept_again(struct sj_relay *r) {
  r->short_of = false;
  sj_watch_listeners(r);
}

/* A server inside is gone, unless it was connected to. Clients inside are gone too, but what they wrote is in the kernel's queues. */
void sj_connections_ended(struct sj_relay *r) {
  struct sj_connection *c;
  for (uint32_t i = 0; i < r->nlisteners; i++) {
    struct sj_listener *l = &r->listeners[i];
    l->waiting = sj_side(l->link) == 1;
    if (!l->waiting)
      sj_close_listener(l);
  }
  sj_accept_rest(r);
  for (uint32_t i = 0; (c = sj_connection_at(r, i)) != NULL; i++) {
    bool undecided = c->state == SJ_TO_ASK || c->state == SJ_ASKING;
    if (c->state == SJ_OPEN)
      sj_move(r, c);
    else if (c->state == SJ_TO_REACH || c->state == SJ_REACHING || (undecided && sj_side(c->link) == 0))
      sj_finish(r, c, SJ_CAME_TO_NOTHING, ECONNRESET);
  }
}

void sj_drop_connections(struct sj_relay *r) {
  struct sj_connection *c;
  for (uint32_t i = 0; i < r->nlisteners; i++)
    sj_close_listener(&r->listeners[i]);
  for (uint32_t i = 0; (c = sj_connection_at(r, i)) != NULL; i++)
    if (c->state != SJ_UNUSED)
      sj_finish(r, c, c->state == SJ_OPEN ? SJ_CAME_TO_BREAK : SJ_CAME_TO_NOTHING, ETIMEDOUT);
}
