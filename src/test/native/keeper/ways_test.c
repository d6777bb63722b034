/* What waits on ways: in which order it comes, how much of the memory each port has, and how long it takes to end many of them. */
#include "keeper/ways.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "kernel/syscalls.h"

enum { SIZE = 60, WAYS = 1000 };

static bool everywhere(uint32_t to, const uint8_t *frame) {
  return to != 0 || frame[0] != 0;
}

static void begin(uint32_t number, uint32_t from, uint32_t to, uint64_t delay) {
  struct sj_way_request is = {.from = from, .to = to, .delay = delay, .waiting = 16 << 20};
  sj_way_begin(number, &is);
}

/* One frame from a port on each of its ways. */
static void say(uint32_t from, uint8_t byte, uint64_t now) {
  uint8_t data[SIZE] = {1};
  data[1] = byte;
  sj_ways_take(from, data, SIZE, 0, true, everywhere, now);
}

static int next(uint32_t *to) {
  uint64_t due;
  if (!sj_ways_due(&due))
    return -1;
  struct sj_frame *frame = sj_ways_next(to);
  CHECK(frame->due == due && frame->size == SIZE);
  int byte = frame->data[1];
  free(frame);
  return byte;
}

static uint32_t count(void) {
  uint32_t n = 0, to;
  while (next(&to) >= 0)
    n++;
  return n;
}

static void earliest_first(void) {
  uint32_t to;
  for (uint32_t i = 0; i < WAYS; i++)
    begin(i, 0, 1 + i % 500, (i * 7 + 3) % WAYS);
  say(0, 1, 100);
  for (uint64_t i = 0, due; i < WAYS; i++)
    CHECK(sj_ways_due(&due) && due == 100 + i && next(&to) == 1 && to == 1 + (uint32_t)((i + WAYS - 3) * 143 % WAYS) % 500);
  say(0, 2, 2000);
  for (uint32_t i = 0; i < WAYS; i++)
    sj_way_end(i, i % 2, 1500);
  for (uint32_t i = 0; i < WAYS / 2; i++)
    CHECK(next(&to) == 2);
  CHECK(next(&to) == -1);
  say(0, 3, 3000);
  CHECK(next(&to) == -1); /* there is no way any more */
}

static void shares(void) {
  const uint64_t cost = sj_frame_cost(SIZE);
  sj_ways_allow(100 * cost);
  begin(0, 0, 1, 10);
  begin(1, 0, 2, 10);
  for (int i = 0; i < 200; i++)
    say(0, 1, 0);
  begin(2, 5, 1, 10); /* there is one more: each has half */
  for (int i = 0; i < 200; i++)
    say(5, 5, 0);
  for (int i = 0; i < 200; i++)
    say(0, 1, 0);
  uint32_t of[6] = {0}, to;
  for (int byte; (byte = next(&to)) >= 0;)
    of[byte]++;
  CHECK(of[1] == 50 && of[5] == 50);
  sj_way_end(2, false, 0);
  for (int i = 0; i < 200; i++)
    say(0, 1, 0);
  CHECK(count() == 100);
  /* In the place of another one, of another port. */
  say(0, 1, 0);
  begin(1, 7, 2, 10);
  say(7, 1, 0);
  CHECK(next(&to) == 1 && next(&to) == 1 && next(&to) == -1);
  sj_way_end(0, true, 0);
  sj_way_end(1, true, 0);
}

/* A million frames on as many ways as there may be: ending one must not look at those of the others. */
static void many_end_soon(void) {
  uint32_t to;
  sj_ways_allow(UINT64_C(1) << 30);
  for (uint32_t i = 0; i < SJ_CABLE_WAYS_MAX; i++)
    begin(i, i % 2, 2 + i % 1000, UINT64_C(600) * 1000000000);
  for (int i = 0; i < 256; i++) {
    say(0, 1, 0);
    say(1, 1, 0);
  }
  uint64_t start = sj_now();
  for (uint32_t i = 0; i < SJ_CABLE_WAYS_MAX; i++)
    sj_way_end(i, i >= 64, 0);
  CHECK(sj_now() - start < UINT64_C(20) * 1000000000);
  CHECK(count() == 64 * 256 && next(&to) == -1);
}

int main(void) {
  begin(0, 0, 1, 10);
  say(0, 1, 0);
  CHECK(count() == 0); /* nothing may wait yet */
  sj_way_end(0, true, 0);
  sj_ways_allow(1 << 20);
  earliest_first();
  shares();
  many_end_soon();
  return 0;
}
