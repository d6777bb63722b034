/*
 * libFuzzer target for what the keeper of networks decodes, and the supervisor of a sandbox that has a network: the first byte chooses
 * what the rest is taken for, 0 messages of netlink, 1 a sysctl, 2 an address, 3 several of them.
 * Seeds: corpus/fuzz_keeper, written by `decode_test DIRECTORY`.
 */
#include "protocol/fuzz.h"

#include <netinet/in.h>

/* They are copied to where answers are patched in, and walked by the lengths that they say. */
static void netlink(const uint8_t *data, size_t size) {
  struct sj_netlink_request n;
  uint32_t at = 0, length;
  if (!sj_decode_netlink(data, size, &n))
    return;
  if (n.count == 0 || n.count > SJ_NETLINK_MAX || n.messages < data || n.messages + n.size > data + size)
    abort();
  for (uint32_t i = 0; i < n.patches; i++) {
    uint32_t offset = sj_decode_patch(&n, i).offset;
    if (offset + 4 > n.size)
      abort();
    for (uint32_t k = 0; k < 4; k++)
      touched += n.messages[offset + k];
  }
  for (; at < n.size; at += length) { /* those that are not answered too, which `count` leaves out */
    memcpy(&length, n.messages + at, sizeof length);
    touched += n.messages[at + length - 1];
  }
  if (at != n.size)
    abort();
}

/* No name of it is one that leads up, or away. */
static void sysctl(const uint8_t *data, size_t size) {
  struct sj_sysctl_request s;
  if (!sj_decode_sysctl(data, size, &s))
    return;
  for (const char *name = s.path;; name++) {
    size_t n = strcspn(name, "/");
    if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
      abort();
    name += n;
    if (*name == 0)
      break;
  }
  touch(s.path, data, size);
  touch(s.value, data, size);
}

/* As large as its family says: it is copied to where one has room. */
static void address(const uint8_t *data, size_t size) {
  uint32_t length;
  const uint8_t *address = sj_decode_socket(data, size, &length);
  if (address == NULL)
    return;
  if (length > sizeof(struct sockaddr_storage) || address < data || address + length > data + size)
    abort();
  for (uint32_t i = 0; i < length; i++)
    touched += address[i];
}

/* Walked a second time when they are carried out. */
static void steps(const uint8_t *data, size_t size) {
  struct sj_reader r;
  uint32_t count;
  if (!sj_decode_steps(data, size, &count, &r))
    return;
  for (uint32_t i = 0; i < count; i++) {
    struct sj_net_step step = sj_next_step(&r);
    if (step.body < data || step.body + step.size > data + size)
      abort();
    for (uint32_t k = 0; k < step.size; k++)
      touched += step.body[k];
    if (step.type == SJ_NET_SEND)
      netlink(step.body, step.size);
    else if (step.type == SJ_NET_SYSCTL)
      sysctl(step.body, step.size);
  }
  if (r.bad || r.at != r.end)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  switch (data[0] % 4) {
  case 0:
    netlink(data + 1, size - 1);
    break;
  case 1:
    sysctl(data + 1, size - 1);
    break;
  case 2:
    address(data + 1, size - 1);
    break;
  default:
    steps(data + 1, size - 1);
  }
  return 0;
}
