/* Frames that wait: the earliest first, and what they take. */
#include "keeper/frames.h"

#include <stdlib.h>

#include "check.h"

static struct sj_frames frames;

static void add(uint64_t due, uint8_t byte) {
  CHECK(sj_frames_add(&frames, due, &byte, 1));
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
    add((i * 37) % 200, (uint8_t)((i * 37) % 200));
  CHECK(frames.bytes == 200 * sj_frame_cost(1) && sj_frame_cost(1) > sizeof(struct sj_frame) + sizeof(void *) && frames.room == 256);
  for (unsigned i = 0; i < 200; i++)
    CHECK(sj_frames_first(&frames)->due == i && take() == i);
  CHECK(frames.bytes == 0 && frames.count == 0 && frames.room == 64); /* what was needed for many is given back */
  for (uint8_t i = 0; i < 10; i++)
    add(5, i);
  for (uint8_t i = 0; i < 10; i++)
    CHECK(take() == i);
  for (uint8_t i = 0; i < 10; i++)
    add(100 - i, i);
  sj_frames_hurry(&frames, 95);
  for (uint8_t i = 9; i > 5; i--)
    CHECK(take() == i); /* earlier ones stay so */
  for (uint8_t i = 0; i < 6; i++)
    CHECK(take() == i); /* in the order in which they came */
  add(1, 77);
  sj_frames_drop(&frames);
  CHECK(frames.bytes == 0 && sj_frames_take(&frames) == NULL);
  add(1, 78);
  CHECK(take() == 78);
  sj_frames_drop(&frames);
  return 0;
}
