/*
 * What a cable does with packets on each way from one port to another one: loses them, or keeps them until they are due.
 *
 * Each way has a heap of its own, so that what it takes to add, to send or to end depends on what waits there alone; each port that ways lead
 * from has the same share of the memory, however many ways these are.
 */
#ifndef SJ_KEEPER_WAYS_H
#define SJ_KEEPER_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "keeper/frames.h"
#include "protocol/decode.h"

/* Bytes of memory that may wait in all: none before this. */
void sj_ways_allow(uint64_t bytes);
/* Begins a way, below SJ_CABLE_WAYS_MAX, also in the place of another one, of which what waits is lost. */
void sj_way_begin(uint32_t number, const struct sj_way_request *is);
/* Ends it: what waits is lost, or due at once. */
void sj_way_end(uint32_t number, bool lost, uint64_t now);
/* A frame with `header` bytes before it is there for each way from a port that `leads` says it is for. */
void sj_ways_take(uint32_t from, const uint8_t *data, uint32_t size, uint32_t header, bool counted, bool (*leads)(uint32_t to, const uint8_t *frame),
                  uint64_t now);
/* When the first frame of all is due; false if none waits. */
bool sj_ways_due(uint64_t *due);
/* That frame, which is the caller's to free(), and the port that it is for. One has to wait. */
struct sj_frame *sj_ways_next(uint32_t *to);

#endif
