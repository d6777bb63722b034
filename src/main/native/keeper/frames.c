#include "keeper/frames.h"

#include <stdlib.h>
#include <string.h>

static bool before(const struct sj_frame *a, const struct sj_frame *b) {
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(struct sj_frames *f, size_t a, size_t b) {
  struct sj_frame *other = f->heap[a];
  f->heap[a] = f->heap[b];
  f->heap[b] = other;
}

static void up(struct sj_frames *f, size_t at) {
  for (size_t parent; at > 0 && before(f->heap[at], f->heap[parent = (at - 1) / 2]); at = parent)
    swap(f, at, parent);
}

static void down(struct sj_frames *f, size_t at) {
  for (size_t child; (child = 2 * at + 1) < f->count; at = child) {
    if (child + 1 < f->count && before(f->heap[child + 1], f->heap[child]))
      child++;
    if (!before(f->heap[child], f->heap[at]))
      return;
    swap(f, at, child);
  }
}

bool sj_frames_add(struct sj_frames *f, uint64_t due, uint32_t way, const uint8_t *data, uint32_t size) {
  if (f->count == f->room) {
    size_t room = f->room == 0 ? 64 : f->room * 2;
    struct sj_frame **more = realloc(f->heap, room * sizeof(struct sj_frame *));
    if (more == NULL)
      return false;
    f->heap = more;
    f->room = room;
  }
  struct sj_frame *frame = malloc(sizeof *frame + size);
  if (frame == NULL)
    return false;
  frame->due = due;
  frame->order = f->order++;
  frame->way = way;
  frame->size = size;
  memcpy(frame->data, data, size);
  f->heap[f->count] = frame;
  f->bytes += size;
  up(f, f->count++);
  return true;
}

const struct sj_frame *sj_frames_first(const struct sj_frames *f) {
  return f->count == 0 ? NULL : f->heap[0];
}

struct sj_frame *sj_frames_take(struct sj_frames *f) {
  if (f->count == 0)
    return NULL;
  struct sj_frame *first = f->heap[0];
  f->heap[0] = f->heap[--f->count];
  f->bytes -= first->size;
  down(f, 0);
  return first;
}

static void order_all(struct sj_frames *f) {
  for (size_t i = f->count / 2; i > 0; i--)
    down(f, i - 1);
}

void sj_frames_hurry(struct sj_frames *f, uint32_t way, uint64_t due) {
  for (size_t i = 0; i < f->count; i++)
    if (f->heap[i]->way == way && f->heap[i]->due > due)
      f->heap[i]->due = due;
  order_all(f);
}

void sj_frames_drop(struct sj_frames *f, uint32_t way) {
  size_t kept = 0;
  for (size_t i = 0; i < f->count; i++) {
    struct sj_frame *frame = f->heap[i];
    if (frame->way == way) {
      f->bytes -= frame->size;
      free(frame);
    } else {
      f->heap[kept++] = frame;
    }
  }
  f->count = kept;
  order_all(f);
}
