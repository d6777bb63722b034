#define _GNU_SOURCE
#include "relay/end.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "protocol/transport.h"
#include "relay/listeners.h"

static void put_address(struct sj_writer *w, const void *address, socklen_t size) {
  sj_put_u32(w, size);
  for (socklen_t i = 0; i < size && w->length < w->size; i++)
    w->data[w->length++] = ((const uint8_t *)address)[i];
}

void sj_put_peer(struct sj_writer *w, const struct sj_connection *c) {
  put_address(w, &c->peer, c->peer_size);
  put_address(w, &c->here.address, c->here.size);
}

void sj_report(struct sj_relay *r, struct sj_connection *c) {
  uint8_t body[320];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, c->link);
  sj_put_u32(&w, c->outcome);
  sj_put_u32(&w, (uint32_t)c->error);
  sj_put_u64(&w, c->in.passed);
  sj_put_u64(&w, c->out.passed);
  sj_put_u64(&w, sj_now() - c->begun);
  sj_put_peer(&w, c);
  if (c->reached_for)
    put_address(&w, &c->to[c->tried].address, c->to[c->tried].size);
  else
    sj_put_u32(&w, 0);
  c->state = SJ_TO_REPORT;
  if (sj_send(r->java, SJ_RELAY_ENDED, c->id, body, w.length, NULL, 0) != 0 && (errno == EAGAIN || errno == ENOBUFS)) {
    r->unsent |= SJ_TO_JAVA;
    return;
  }
  /* Taken, or there is nobody any more to take it. */
  sj_free_place(r, c);
  r->short_of = false;
  sj_watch_listeners(r);
}

void sj_hang_up(int *fd, bool reset) {
  const struct linger at_once = {1, 0};
  if (*fd < 0)
    return;
  if (reset)
    (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(*fd);
  *fd = -1;
}

void sj_finish(struct sj_relay *r, struct sj_connection *c, uint32_t outcome, int error) {
  if (c->state == SJ_TO_REPORT)
    return;
  sj_take_time(r, c);
  if (outcome == SJ_CAME_TO_NOTHING && c->said.size[SJ_SAY_FAILURE] > 0 && c->inside >= 0)
    c->polite = sj_say_kept(&c->said, c->inside, SJ_SAY_FAILURE);
  sj_forget_said(&c->said);
  sj_hang_up(&c->inside, outcome != SJ_CAME_TO_END && !c->polite);
  /* What a sandbox that has ended had written is the kernel's to deliver now, however slow the peer reads: a reset would drop it. */
  sj_hang_up(&c->outside, outcome != SJ_CAME_TO_END && !(r->ended && c->out.shut));
  sj_flow_free(&c->in);
  sj_flow_free(&c->out);
  c->more = false;
  c->outcome = outcome;
  c->error = error;
  sj_report(r, c);
}
