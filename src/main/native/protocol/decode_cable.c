#include <string.h>

#include "protocol/decode.h"
#include "protocol/reader.h"

static bool whole(const struct sj_reader *r) {
  return !r->bad && r->at == r->end;
}

bool sj_decode_packet(const uint8_t *data, size_t size, struct sj_packet_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->device = sj_u32(&r);
  out->headers = sj_u32(&r);
  return whole(&r) && out->headers <= 1 && out->device <= INT32_MAX;
}

bool sj_decode_cable_confine(const uint8_t *data, size_t size, struct sj_cable_confine_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->waiting = sj_u64(&r);
  out->size = sj_u32(&r);
  out->filter = sj_take(&r, out->size);
  return whole(&r) && out->size % 8 == 0;
}

const uint8_t *sj_decode_cable_port(const uint8_t *data, size_t size) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  uint32_t length = sj_u32(&r);
  const uint8_t *address = sj_take(&r, length);
  return whole(&r) && length == SJ_HARDWARE_ADDRESS ? address : NULL;
}

bool sj_decode_way(const uint8_t *data, size_t size, struct sj_way_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->from = sj_u32(&r);
  out->to = sj_u32(&r);
  out->delay = sj_u64(&r);
  out->jitter = sj_u64(&r);
  out->losses = sj_u64(&r);
  out->rate = sj_u64(&r);
  out->behind = sj_u64(&r);
  out->waiting = sj_u64(&r);
  out->seed = sj_u64(&r);
  /* So that no sum of times is too large for its place. */
  const uint64_t most = UINT64_C(1) << 60;
  return whole(&r) && out->from < SJ_CABLE_PORTS_MAX && out->to < SJ_CABLE_PORTS_MAX && out->from != out->to && out->delay < most &&
         out->jitter <= out->delay && out->losses <= UINT64_C(1) << 32 && out->behind < most;
}

struct sj_way_end sj_next_way_end(struct sj_reader *ends) {
  struct sj_way_end end;
  end.way = sj_u32(ends);
  end.lost = sj_u32(ends) != 0;
  return end;
}

bool sj_decode_cable_end(const uint8_t *data, size_t size, uint32_t *count, struct sj_reader *ends) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  *count = sj_u32(&r);
  *ends = r;
  for (uint32_t i = 0; i < *count && !r.bad; i++)
    if (sj_u32(&r) >= SJ_CABLE_WAYS_MAX || sj_u32(&r) > 1)
      return false;
  return whole(&r) && *count <= SJ_CABLE_WAYS_MAX;
}
