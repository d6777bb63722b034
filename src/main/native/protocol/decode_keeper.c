#include "protocol/decode.h"

#include <netinet/in.h>
#include <string.h>

enum { NETLINK_HEADER = 16, NETLINK_ACK = 4 };

/* How many of whole messages that follow each other will be answered: those are numbered from 1 on, the others have the number 0. The integers
 * are those of this machine. 0 if they are malformed. */
uint32_t sj_count_messages(const uint8_t *messages, uint32_t size) {
  uint32_t length, number, count = 0, at = 0;
  uint16_t flags;
  for (; at < size; at += length) {
    if (size - at < NETLINK_HEADER)
      return 0;
    memcpy(&length, messages + at, sizeof length);
    memcpy(&flags, messages + at + 6, sizeof flags);
    memcpy(&number, messages + at + 8, sizeof number);
    count += (flags & NETLINK_ACK) != 0;
    if (length < NETLINK_HEADER || length % 4 != 0 || length > size - at || number != (flags & NETLINK_ACK ? count : 0) || count > SJ_NETLINK_MAX)
      return 0;
  }
  return count;
}

struct sj_patch sj_decode_patch(const struct sj_netlink_request *request, uint32_t index) {
  struct sj_reader r;
  struct sj_patch patch;
  sj_reader_init(&r, request->patch + (size_t)index * SJ_PATCH_SIZE, SJ_PATCH_SIZE);
  patch.offset = sj_u32(&r);
  patch.space = sj_u64(&r);
  return patch;
}

bool sj_decode_netlink(const uint8_t *data, size_t size, struct sj_netlink_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->protocol = sj_u32(&r);
  out->patches = sj_u32(&r);
  if (r.bad || out->patches > SJ_NETLINK_MAX)
    return false;
  out->patch = sj_take(&r, (size_t)out->patches * SJ_PATCH_SIZE);
  out->size = sj_u32(&r);
  out->messages = sj_take(&r, out->size);
  out->count = r.bad ? 0 : sj_count_messages(out->messages, out->size);
  if (r.bad || r.at != r.end || out->count == 0)
    return false;
  for (uint32_t i = 0; i < out->patches; i++) {
    uint32_t offset = sj_decode_patch(out, i).offset;
    if (offset % 4 != 0 || offset < NETLINK_HEADER || out->size < 4 || offset > out->size - 4)
      return false;
  }
  return true;
}

struct sj_net_step sj_next_step(struct sj_reader *steps) {
  struct sj_net_step step;
  step.type = sj_u16(steps);
  step.space = sj_u64(steps);
  step.size = sj_u32(steps);
  step.body = sj_take(steps, step.size);
  return step;
}

bool sj_decode_steps(const uint8_t *data, size_t size, uint32_t *count, struct sj_reader *steps) {
  struct sj_reader r;
  uint32_t made = 0;
  sj_reader_init(&r, data, size);
  *count = sj_u32(&r);
  *steps = r;
  if (r.bad || *count > SJ_NET_STEPS_MAX)
    return false;
  for (uint32_t i = 0; i < *count && !r.bad; i++) {
    struct sj_net_step step = sj_next_step(&r);
    made += step.type == SJ_NET_NEW;
    if (step.type != SJ_NET_NEW && step.type != SJ_NET_SEND && step.type != SJ_NET_SYSCTL)
      return false;
  }
  return !r.bad && r.at == r.end && made <= 1;
}

const uint8_t *sj_decode_socket(const uint8_t *data, size_t size, uint32_t *length) {
  struct sj_reader r;
  uint16_t family;
  sj_reader_init(&r, data, size);
  *length = sj_u32(&r);
  const uint8_t *address = sj_take(&r, *length);
  if (r.bad || r.at != r.end || *length < sizeof family)
    return NULL;
  memcpy(&family, address, sizeof family);
  return (family == AF_INET && *length == sizeof(struct sockaddr_in)) || (family == AF_INET6 && *length == sizeof(struct sockaddr_in6))
             ? address
             : NULL;
}

/* It names a file beneath a directory, and nothing above that. */
static bool is_beneath(const char *s) {
  for (;; s++) {
    size_t n = strcspn(s, "/");
    if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
      return false;
    s += n;
    if (*s == 0)
      return true;
  }
}

bool sj_decode_sysctl(const uint8_t *data, size_t size, struct sj_sysctl_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->path = sj_str(&r);
  out->value = sj_str(&r);
  return !r.bad && r.at == r.end && is_beneath(out->path);
}
