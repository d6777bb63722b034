#define _GNU_SOURCE
#include "relay/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "relay/accept.h"
#include "relay/ask.h"
#include "relay/connections.h"
#include "relay/links.h"
#include "relay/listeners.h"
#include "relay/move.h"
#include "relay/reach.h"
#include "kernel/rights.h"

enum { BATCH = 64, TICK_MS = 100 };
static const uint64_t REST_NS = UINT64_C(5000000000); /* for the host to take what a sandbox that has ended had written */

static void done(struct sj_relay *r, uint64_t id, int error, const char *call, const union sj_address *a, socklen_t size) {
  uint8_t body[512];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)error);
  sj_put_str(&w, call);
  sj_put_u32(&w, size);
  for (socklen_t i = 0; i < size; i++)
    w.data[w.length++] = ((const uint8_t *)a)[i];
  (void)sj_send(r->java, SJ_RELAY_DONE, id, body, w.length, NULL, 0); /* who waits for it is told by our end, if this fails */
}

static void publish(struct sj_relay *r, uint64_t id) {
  const char *call = "";
  union sj_address a;
  socklen_t size = sizeof a;
  int fd = sj_publish((uint32_t)id, &call);
  if (fd >= 0 && getsockname(fd, &a.any, &size) == 0 && sj_add_listener(r, fd, (uint32_t)id))
    done(r, id, 0, "", &a, size);
  else
    done(r, id, errno, call, NULL, 0);
}

static void add_link(struct sj_relay *r, const struct sj_message *m) {
  struct sj_link_request request;
  bool published = m->head.type == SJ_RELAY_PUBLISH;
  if (r->begun || !sj_decode_link(m->body, m->head.length, &request) ||
      !sj_add_link(m->head.id, published ? SJ_PUBLISHED : SJ_FORWARDED, &request))
    done(r, m->head.id, EPROTO, "decode", NULL, 0);
  else if (published)
    publish(r, m->head.id);
  else
    done(r, m->head.id, 0, "", NULL, 0);
}

static void confine(struct sj_relay *r, const struct sj_message *m) {
  struct sj_confine_request request;
  const char *call = "decode";
  errno = EPROTO;
  bool good = sj_decode_confine(m->body, m->head.length, &request) && sj_make_places(r, &request) &&
              sj_give_up_rights(request.filter, request.size, &call) == 0;
  done(r, m->head.id, good ? 0 : errno, good ? "" : call, NULL, 0);
}

/* False if nothing could come of it: that this process ends is told to Java, a relay that hears nothing would not be. */
static bool begin(struct sj_relay *r, struct sj_message *m) {
  if (m->nfds != 1 || r->begun || !sj_hear(r, EPOLL_CTL_ADD, m->fds[0], SJ_OF_CHANNEL, 0, EPOLLIN))
    return false;
  r->channel = m->fds[0];
  m->nfds = 0;
  r->begun = fcntl(r->channel, F_SETFL, O_NONBLOCK) == 0;
  sj_watch_listeners(r);
  return r->begun;
}

/* False when Java is gone, or there is no going on. */
static bool take_request(struct sj_relay *r) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  struct sj_decision decision;
  enum sj_received got = sj_receive(r->java, buffer, &m);
  bool good = got != SJ_GOT_END;
  if (got == SJ_GOT_MESSAGE) {
    switch (m.head.type) {
    case SJ_RELAY_PUBLISH:
    case SJ_RELAY_FORWARD:
      add_link(r, &m);
      break;
    case SJ_RELAY_CONFINE:
      confine(r, &m);
      break;
    case SJ_RELAY_BEGIN:
      good = begin(r, &m);
      break;
    case SJ_RELAY_DECIDED:
      if (!sj_decode_decision(m.body, m.head.length, &decision))
        decision = (struct sj_decision){.answer = SJ_ANSWER_REFUSE};
      sj_decided(r, m.head.id, &decision);
      break;
    default:
      done(r, m.head.id, EPROTO, "decode", NULL, 0);
      break;
    }
  }
  sj_free_message(&m);
  return good;
}

static void sandbox_ended(struct sj_relay *r) {
  close(r->channel);
  r->channel = -1;
  r->ended = true;
  r->deadline = sj_now() + REST_NS;
  sj_unpublish();
  sj_connections_ended(r);
}

static enum sj_received take_one_from_supervisor(struct sj_relay *r) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  enum sj_received got = sj_receive(r->channel, buffer, &m);
  if (got == SJ_GOT_MESSAGE && m.head.type == SJ_REACHED) {
    sj_reached(r, &m);
  } else if (got == SJ_GOT_GARBAGE && m.head.type == SJ_REACHED) {
    sj_reached_nothing(r, m.head.id, EMFILE); /* the kernel leaves out a descriptor for which there is no room */
  } else if (got == SJ_GOT_MESSAGE && m.head.type == SJ_LISTENING && m.nfds == 1) {
    uint32_t link = sj_link_of_listener(m.head.id);
    if (link < SJ_LINKS_MAX && sj_add_listener(r, m.fds[0], link))
      m.nfds = 0;
  }
  sj_free_message(&m);
  return got;
}

static void take_from_supervisor(struct sj_relay *r) {
  enum sj_received got = SJ_GOT_MESSAGE;
  /* All that is there: what it can't send it does not keep. */
  for (unsigned i = 0; i < BATCH && r->channel >= 0 && got != SJ_GOT_NOTHING && got != SJ_GOT_END; i++)
    got = take_one_from_supervisor(r);
  if (got == SJ_GOT_END) {
    sandbox_ended(r);
  } else if (r->behind && r->channel >= 0) {
    r->behind = false;
    sj_send_again(r, SJ_TO_SUPERVISOR);
  }
}

/* False when there is nothing left to do. */
static bool handle(struct sj_relay *r, const struct epoll_event *e) {
  uint64_t number = e->data.u64 & SJ_OF_MASK;
  switch ((enum sj_of)(e->data.u64 >> SJ_OF_SHIFT)) {
  case SJ_OF_JAVA:
    if (e->events & EPOLLOUT)
      sj_send_again(r, SJ_TO_JAVA);
    return !(e->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || take_request(r);
  case SJ_OF_CHANNEL:
    if ((e->events & EPOLLOUT) && r->channel >= 0)
      sj_send_again(r, SJ_TO_SUPERVISOR);
    if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
      take_from_supervisor(r);
    return true;
  case SJ_OF_LISTENER:
    sj_accept(r, (uint32_t)number);
    return true;
  case SJ_OF_INSIDE:
  case SJ_OF_OUTSIDE:
  default:
    sj_connection_event(r, number, e->data.u64 >> SJ_OF_SHIFT == SJ_OF_INSIDE, e->events);
    return true;
  }
}

static bool finished(struct sj_relay *r) {
  if (!r->ended)
    return false;
  sj_accept_rest(r);
  if (sj_now() > r->deadline)
    sj_drop_connections(r);
  return !sj_connections_any(r);
}

/* Who has not taken something is listened to for room, and nobody else: who has room is told of at once, and again. */
static void hear_of_room(struct sj_relay *r) {
  static unsigned heard;
  const uint32_t java = EPOLLIN | (r->unsent & SJ_TO_JAVA ? (uint32_t)EPOLLOUT : 0);
  const uint32_t channel = EPOLLIN | (r->unsent & SJ_TO_SUPERVISOR ? (uint32_t)EPOLLOUT : 0);
  if (r->unsent == heard)
    return;
  heard = r->unsent;
  /* Their places are taken already: this needs nothing that could lack. */
  (void)sj_hear(r, EPOLL_CTL_MOD, r->java, SJ_OF_JAVA, 0, java);
  if (r->channel >= 0)
    (void)sj_hear(r, EPOLL_CTL_MOD, r->channel, SJ_OF_CHANNEL, 0, channel);
}

int sj_relay(int java, int proc) {
  struct sj_relay r = {.java = java, .channel = -1, .epoll = epoll_create1(EPOLL_CLOEXEC)};
  struct epoll_event events[BATCH];
  sigset_t all;
  sigfillset(&all);
  /* What a terminal sends to the session of the Java machine is that one's to take; and schedulers share out processors by session. */
  if (sigprocmask(SIG_SETMASK, &all, NULL) != 0 || setsid() < 0)
    return 1;
  (void)signal(SIGPIPE, SIG_IGN);
  if (r.epoll < 0 || fchdir(proc) != 0 || fcntl(java, F_SETFL, O_NONBLOCK) != 0 || !sj_hear(&r, EPOLL_CTL_ADD, java, SJ_OF_JAVA, 0, EPOLLIN))
    return 1;
  for (bool more = false; !finished(&r);) {
    hear_of_room(&r);
    int n = epoll_wait(r.epoll, events, BATCH, more ? 0 : r.ended || r.short_of || sj_waits_for_time(&r) ? TICK_MS : -1);
    for (int i = 0; i < n; i++)
      if (!handle(&r, &events[i])) {
        sj_unpublish();
        return r.begun ? 0 : 1;
      }
    if (n == 0 && r.short_of)
      sj_accept_again(&r);
    if (sj_waits_for_time(&r))
      sj_look_at_the_clock(&r);
    more = sj_move_more(&r);
  }
  return 0;
}
