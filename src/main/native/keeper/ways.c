#include "keeper/ways.h"

#include <stddef.h>

struct way {
  bool used;
  struct sj_way_request is;
  uint64_t losses, jitters; /* states of what decides on them */
  uint64_t free;            /* when all that came before is sent, by the rate */
  struct sj_frames frames;
  struct way *next; /* from the same port */
  uint32_t place;   /* among those on which something waits, if it does */
};

struct sender {
  struct way *first; /* from this port */
  uint64_t waiting;  /* bytes on them, and on those that have ended */
};

static struct {
  uint64_t most;
  struct way ways[SJ_CABLE_WAYS_MAX];
  struct sender senders[SJ_CABLE_PORTS_MAX];
  uint32_t sending;                     /* ports that ways lead from */
  struct way *order[SJ_CABLE_WAYS_MAX]; /* a heap of those on which something waits: the one with the earliest frame comes first */
  uint32_t waiting;
} all;

/* splitmix64: the same numbers from the same seed everywhere. */
static uint64_t random_next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static bool before(const struct way *a, const struct way *b) {
  return sj_frames_first(&a->frames)->due < sj_frames_first(&b->frames)->due;
}

static void put(uint32_t at, struct way *w) {
  all.order[at] = w;
  w->place = at;
}

/* To where its first frame belongs. */
static void settle(struct way *w) {
  uint32_t at = w->place;
  for (; at > 0 && before(w, all.order[(at - 1) / 2]); at = (at - 1) / 2)
    put(at, all.order[(at - 1) / 2]);
  for (uint32_t child; (child = 2 * at + 1) < all.waiting; at = child) {
    if (child + 1 < all.waiting && before(all.order[child + 1], all.order[child]))
      child++;
    if (!before(all.order[child], w))
      break;
    put(at, all.order[child]);
  }
  put(at, w);
}

static void entered(struct way *w) {
  if (w->frames.count == 1)
    put(all.waiting++, w);
  settle(w);
}

/* Some frames of a way on which something has waited are gone. */
static void left(struct way *w) {
  if (w->frames.count > 0) {
    settle(w);
    return;
  }
  struct way *last = all.order[--all.waiting];
  if (last != w) {
    put(w->place, last);
    settle(last);
  }
}

static void drop(struct way *w) {
  bool waited = w->frames.count > 0;
  all.senders[w->is.from].waiting -= w->frames.bytes;
  sj_frames_drop(&w->frames); /* also the room of those that were there before */
  if (waited)
    left(w);
}

void sj_ways_allow(uint64_t bytes) {
  all.most = bytes;
}

static uint64_t share(void) {
  return all.most / (all.sending == 0 ? 1 : all.sending);
}

/* Whoever has more than there is for one, now that there is one more, loses it. */
static void reduce(void) {
  for (uint32_t i = 0; i < SJ_CABLE_PORTS_MAX; i++)
    for (struct way *w = all.senders[i].first; w != NULL && all.senders[i].waiting > share(); w = w->next)
      drop(w);
}

static void detach(struct way *w) {
  struct sender *from = &all.senders[w->is.from];
  struct way **at = &from->first;
  while (*at != w)
    at = &(*at)->next;
  *at = w->next;
  all.sending -= from->first == NULL;
  w->used = false;
}

void sj_way_begin(uint32_t number, const struct sj_way_request *is) {
  struct way *w = &all.ways[number];
  drop(w);
  if (w->used)
    detach(w);
  struct sender *from = &all.senders[is->from];
  all.sending += from->first == NULL;
  *w = (struct way){.used = true, .is = *is, .losses = is->seed, .jitters = ~is->seed, .next = from->first, .frames = {.order = w->frames.order}};
  from->first = w;
  reduce();
}

void sj_way_end(uint32_t number, bool lost, uint64_t now) {
  struct way *w = &all.ways[number];
  if (w->used)
    detach(w);
  if (lost) {
    drop(w);
  } else if (w->frames.count > 0) {
    sj_frames_hurry(&w->frames, now);
    settle(w);
  }
}

/* A packet for which there is no time yet waits, or is lost where too many do. */
static void take(struct way *w, const uint8_t *data, uint32_t size, uint32_t header, bool counted, uint64_t now) {
  struct sender *from = &all.senders[w->is.from];
  uint64_t due = now, cost = sj_frame_cost(size);
  if (counted) {
    if (random_next(&w->losses) >> 32 < w->is.losses)
      return;
    if (w->is.rate != 0) {
      uint64_t begin = w->free > now ? w->free : now;
      if (begin - now > w->is.behind)
        return;
      w->free = begin + (size - header) * UINT64_C(1000000000) / w->is.rate;
      due = w->free;
    }
    due += w->is.delay;
    if (w->is.jitter != 0)
      due += random_next(&w->jitters) % (2 * w->is.jitter + 1) - w->is.jitter;
  }
  if (w->frames.bytes + cost > w->is.waiting || from->waiting + cost > share())
    return;
  if (sj_frames_add(&w->frames, due, data, size)) {
    from->waiting += cost;
    entered(w);
  }
}

void sj_ways_take(uint32_t from, const uint8_t *data, uint32_t size, uint32_t header, bool counted, bool (*leads)(uint32_t to, const uint8_t *frame),
                  uint64_t now) {
  for (struct way *w = all.senders[from].first; w != NULL; w = w->next)
    if (leads(w->is.to, data + header))
      take(w, data, size, header, counted, now);
}

bool sj_ways_due(uint64_t *due) {
  if (all.waiting == 0)
    return false;
  *due = sj_frames_first(&all.order[0]->frames)->due;
  return true;
}

struct sj_frame *sj_ways_next(uint32_t *to) {
  struct way *w = all.order[0];
  struct sj_frame *frame = sj_frames_take(&w->frames);
  *to = w->is.to;
  all.senders[w->is.from].waiting -= sj_frame_cost(frame->size);
  left(w);
  return frame;
}
