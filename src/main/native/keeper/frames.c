#include "keeper/frames.h"

#include <stdlib.h>
#include <string.h>

/* What an allocator takes beside what it is asked for, and the places in the heap, of which at most three of four are empty. */
enum { BESIDE = 32, PLACES = 4, ROOM = 64 };

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

static bool resize(struct sj_frames *f, size_t room) {
  struct sj_frame **other = realloc(f->heap, room * sizeof(struct sj_frame *));
  if (other == NULL)
    return false;
  f->heap = other;
  f->room = room;
  return true;
}

uint64_t sj_frame_cost(uint32_t size) {
  return sizeof(struct sj_frame) + size + BESIDE + PLACES * sizeof(struct sj_frame *);
}

bool sj_frames_add(struct sj_frames *f, uint64_t due, const uint8_t *data, uint32_t size) {
  if (f->count == f->room && !resize(f, f->room == 0 ? ROOM : f->room * 2))
    return false;
  struct sj_frame *frame = malloc(sizeof *frame + size);
  if (frame == NULL)
    return false;
  frame->due = due;
  frame->order = f->order++;
  frame->size = size;
  memcpy(frame->data, data, size);
  f->heap[f->count] = frame;
  f->bytes += sj_frame_cost(size);
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
  f->bytes -= sj_frame_cost(first->size);
  down(f, 0);
  if (f->room > ROOM && f->count < f->room / PLACES)
    (void)resize(f, f->room / 2); /* without, it only stays as large as it is */
  return first;
}

void sj_frames_hurry(struct sj_frames *f, uint64_t due) {
  for (size_t i = 0; i < f->count; i++)
    if (f->heap[i]->due > due)
      f->heap[i]->due = due;
  for (size_t i = f->count / 2; i > 0; i--)
    down(f, i - 1);
}

void sj_frames_drop(struct sj_frames *f) {
  for (size_t i = 0; i < f->count; i++)
    free(f->heap[i]);
  free(f->heap);
  *f = (struct sj_frames){.order = f->order};
}
