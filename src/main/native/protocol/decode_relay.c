#include "protocol/decode.h"

#include <string.h>

bool sj_decode_link(const uint8_t *data, size_t size, struct sj_link_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->flags = sj_u32(&r);
  out->first = sj_u32(&r);
  out->count = sj_u32(&r);
  out->size = sj_u32(&r);
  out->address = sj_take(&r, out->size);
  bool named = out->flags & SJ_LINK_NAMED;
  bool asks = out->flags & SJ_LINK_ASKS || (out->flags & (SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES)) == 0;
  return !r.bad && r.at == r.end && (out->flags & ~(uint32_t)(SJ_LINK_ASKS | SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES)) == 0 && asks &&
         out->count >= 1 && out->count <= SJ_LINK_PLACES && out->first < SJ_OPS_MAX &&
         (named ? out->size == 0 : out->size > 2 && out->size <= SJ_ADDRESS_MAX);
}

/* Families are those of the kernel's headers, which this file does without: sockaddr_in is 2 and 16 bytes, sockaddr_in6 10 and 28. */
static bool is_internet(const uint8_t *address, uint32_t size) {
  uint16_t family;
  if (size < sizeof family)
    return false;
  memcpy(&family, address, sizeof family);
  return (family == 2 && size == 16) || (family == 10 && size == SJ_NAMED_ADDRESS_MAX);
}

bool sj_decode_decision(const uint8_t *data, size_t size, struct sj_decision *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->answer = sj_u32(&r);
  out->bytes = sj_u32(&r);
  out->taken = sj_u32(&r);
  size_t all = 0;
  for (uint32_t i = 0; i < SJ_SAID_COUNT; i++) {
    out->said[i].size = sj_u32(&r);
    out->said[i].bytes = sj_take(&r, out->said[i].size);
    all += out->said[i].size;
  }
  out->count = sj_u32(&r);
  if (r.bad || out->answer > SJ_ANSWER_HAND || out->bytes > SJ_FIRST_BYTES_MAX || out->taken > SJ_FIRST_BYTES_MAX || all > SJ_SAID_MAX ||
      out->count > SJ_DECIDED_MAX)
    return false;
  for (uint32_t i = 0; i < out->count; i++) {
    out->address[i].size = sj_u32(&r);
    out->address[i].bytes = sj_take(&r, out->address[i].size);
    if (r.bad || !is_internet(out->address[i].bytes, out->address[i].size))
      return false;
  }
  return r.at == r.end;
}

bool sj_decode_confine(const uint8_t *data, size_t size, struct sj_confine_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->connections = sj_u32(&r);
  out->first_bytes = sj_u64(&r);
  out->reaching = sj_u64(&r);
  out->bytes = sj_u64(&r);
  out->per_second = sj_u32(&r);
  out->size = sj_u32(&r);
  out->filter = sj_take(&r, out->size);
  return !r.bad && r.at == r.end && out->connections >= 1 && out->connections <= SJ_CONNECTIONS_MAX && out->size > 0 && out->size % 8 == 0;
}
