/* Frames that wait until they are due: the earliest comes first, and of equals the one that came first. */
#ifndef SJ_KEEPER_FRAMES_H
#define SJ_KEEPER_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sj_frame {
  uint64_t due; /* CLOCK_MONOTONIC in ns */
  uint64_t order;
  uint32_t size;
  uint8_t data[];
};

struct sj_frames {
  struct sj_frame **heap;
  size_t count, room;
  uint64_t order; /* of the next one */
  uint64_t bytes; /* that they take of memory */
};

/* Bytes of memory that a frame takes. */
uint64_t sj_frame_cost(uint32_t size);
/* A copy of the data waits; false if there is no memory. */
bool sj_frames_add(struct sj_frames *f, uint64_t due, const uint8_t *data, uint32_t size);
/* The earliest, which stays; NULL if there is none. */
const struct sj_frame *sj_frames_first(const struct sj_frames *f);
/* The earliest, which is the caller's to free(). */
struct sj_frame *sj_frames_take(struct sj_frames *f);
/* All are due then, unless they are earlier. */
void sj_frames_hurry(struct sj_frames *f, uint64_t due);
/* All are gone. */
void sj_frames_drop(struct sj_frames *f);

#endif
