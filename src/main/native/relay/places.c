#define _GNU_SOURCE
#include "relay/places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "kernel/syscalls.h"

enum { SLOT_BITS = 14 };
static const uint64_t SECOND = 1000000000;

bool sj_hear(const struct sj_relay *r, int operation, int fd, enum sj_of of, uint64_t number, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u64 = (uint64_t)of << SJ_OF_SHIFT | number};
  return epoll_ctl(r->epoll, operation, fd, &event) == 0;
}

bool sj_make_places(struct sj_relay *r, const struct sj_confine_request *bounds) {
  r->all = calloc(2 * (size_t)bounds->connections, sizeof *r->all);
  r->most = bounds->connections;
  r->bounds = *bounds;
  r->bytes_left = bounds->bytes;
  bool shown = false;
  for (uint32_t i = 0; i < SJ_LINKS_MAX; i++)
    shown = shown || (sj_link(i) != NULL && (sj_link(i)->first_bytes || sj_link(i)->named));
  /* Of that memory there is as much as is written to. */
  if (shown)
    r->first = calloc(bounds->connections, SJ_FIRST_BYTES_MAX);
  return r->all != NULL && (r->first != NULL || !shown);
}

uint8_t *sj_first_bytes(const struct sj_relay *r, const struct sj_connection *c) {
  size_t place = (size_t)(c - r->all);
  return r->first != NULL && place >= r->most ? r->first + (place - r->most) * SJ_FIRST_BYTES_MAX : NULL;
}

unsigned sj_side(uint32_t link) {
  const struct sj_link *l = sj_link(link);
  return l != NULL && l->kind == SJ_FORWARDED;
}

bool sj_has_place(const struct sj_relay *r, unsigned side) {
  return r->used[side] < r->most;
}

struct sj_connection *sj_take_place(struct sj_relay *r, unsigned side) {
  for (uint32_t i = side * r->most; i < (side + 1) * r->most; i++)
    if (r->all[i].state == SJ_UNUSED) {
      struct sj_connection *c = &r->all[i];
      memset(c, 0, sizeof *c);
      c->id = (++r->count << SLOT_BITS | i) & SJ_OF_MASK;
      r->used[side]++;
      return c;
    }
  return NULL;
}

void sj_free_place(struct sj_relay *r, struct sj_connection *c) {
  c->state = SJ_UNUSED;
  r->used[sj_side(c->link)]--;
}

struct sj_connection *sj_connection_at(const struct sj_relay *r, uint32_t place) {
  return r->all != NULL && place < 2 * (uint64_t)r->most ? &r->all[place] : NULL;
}

struct sj_connection *sj_connection(const struct sj_relay *r, uint64_t id) {
  struct sj_connection *c = sj_connection_at(r, (uint32_t)(id & ((1u << SLOT_BITS) - 1)));
  return c != NULL && c->state != SJ_UNUSED && c->id == id ? c : NULL;
}

void sj_give_time(struct sj_relay *r, struct sj_connection *c, uint64_t ns) {
  r->timed += c->deadline == 0;
  c->deadline = sj_now() + ns;
}

void sj_take_time(struct sj_relay *r, struct sj_connection *c) {
  r->timed -= c->deadline != 0;
  c->deadline = 0;
}

bool sj_is_due(struct sj_relay *r, unsigned side) {
  uint64_t now = sj_now();
  if (side == 0 || r->bounds.per_second == 0)
    return true;
  uint64_t interval = SECOND / r->bounds.per_second;
  uint64_t next = r->next_due > now ? r->next_due : now;
  r->held_back = next - now > SECOND - interval;
  return !r->held_back;
}

void sj_count_one(struct sj_relay *r, unsigned side) {
  uint64_t now = sj_now();
  if (side == 1 && r->bounds.per_second > 0)
    r->next_due = (r->next_due > now ? r->next_due : now) + SECOND / r->bounds.per_second;
}
