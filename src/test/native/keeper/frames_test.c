/* Frames that wait: the earliest first, and what happens to those of one way. */
#include "keeper/frames.h"

#include <stdlib.h>

#include "check.h"

static struct sj_frames frames;

static void add(uint64_t due, uint32_t way, uint8_t byte) {
  CHECK(sj_frames_add(&frames, due, way, &byte, 1));
}

static uint8_t take(void) {
  struct sj_frame *f = sj_frames_take(&frames);
  CHECK(f != NULL && f->size == 1);
  uint8_t byte = f->data[0];
  free(f);
  return byte;
}

int main(void) {
  CHECK(sj_frames_first(&frames) == NULL && sj_frames_take(&frames) == NULL);
  for (unsigned i = 0; i < 200; i++)
    add((i * 37) % 200, 0, (uint8_t)((i * 37) % 200));
  CHECK(frames.bytes == 200);
  for (unsigned i = 0; i < 200; i++)
    CHECK(sj_frames_first(&frames)->due == i && take() == i);
  CHECK(frames.bytes == 0 && frames.count == 0);
  for (uint8_t i = 0; i < 10; i++)
    add(5, 0, i);
  for (uint8_t i = 0; i < 10; i++)
    CHECK(take() == i);
  for (uint8_t i = 0; i < 10; i++)
    add(100 - i, i % 2, i);
  sj_frames_drop(&frames, 1);
  CHECK(frames.bytes == 5);
  add(1, 1, 77);
  sj_frames_hurry(&frames, 0, 0);
  for (uint8_t i = 0; i < 10; i += 2)
    CHECK(take() == i); /* in the order in which they came */
  CHECK(take() == 77 && sj_frames_take(&frames) == NULL);
  free(frames.heap);
  return 0;
}
