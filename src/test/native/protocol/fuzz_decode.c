/*
 * libFuzzer target for the decoder. The first byte chooses what the rest is taken for: 0 a header, 1 a plan,
 * 2 a start request, 3 an root of cgroups, 4 a watch, 5 a call on files, 6 a link of a relay, 7 how it is
 * confined, 8 messages of netlink, 9 a sysctl, 10 what Java says of a connection.
 * Seeds: corpus/fuzz_decode, written by `decode_test DIRECTORY`.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

/* Reads to its end what was promised to be whole, and insists that it lies inside the message. */
static void touch(const char *text, const uint8_t *data, size_t size) {
  if (text == NULL)
    return;
  size_t n = strlen(text);
  if (n > 0 && ((const uint8_t *)text < data || (const uint8_t *)text + n >= data + size))
    abort();
  touched += n;
}

static void touch_all(const struct sj_strv *list, const uint8_t *data, size_t size) {
  for (uint32_t i = 0; i < list->count; i++)
    touch(list->items[i], data, size);
  if (list->items != NULL && list->items[list->count] != NULL)
    abort();
}

static void root(const uint8_t *data, size_t size) {
  struct sj_cgroup_root a;
  if (!sj_decode_cgroup_root(data, size, &a))
    return;
  touch_all(&a.directories, data, size);
  touch_all(&a.actions, data, size);
  sj_free_cgroup_root(&a);
}

static void watch(const uint8_t *data, size_t size) {
  struct sj_watch_request w;
  if (!sj_decode_watch(data, size, &w))
    return;
  touch(w.file, data, size);
  touch(w.control, data, size);
  touch(w.text, data, size);
}

static void file(const uint8_t *data, size_t size) {
  struct sj_file_request f;
  if (!sj_decode_file(data, size, &f))
    return;
  touch(f.name, data, size);
  touch(f.other, data, size);
  for (uint32_t i = 0; i < f.size; i++)
    touched += f.value[i];
}

static void link(const uint8_t *data, size_t size) {
  struct sj_link_request l;
  if (!sj_decode_link(data, size, &l))
    return;
  for (uint32_t i = 0; i < l.size; i++)
    touched += l.address[i];
}

static void decision(const uint8_t *data, size_t size) {
  struct sj_decision d;
  if (!sj_decode_decision(data, size, &d))
    return;
  for (uint32_t i = 0; i < SJ_SAID_COUNT; i++)
    for (uint32_t k = 0; k < d.said[i].size; k++)
      touched += d.said[i].bytes[k];
  for (uint32_t i = 0; i < d.count; i++)
    for (uint32_t k = 0; k < d.address[i].size; k++)
      touched += d.address[i].bytes[k];
}

static void confine(const uint8_t *data, size_t size) {
  struct sj_confine_request c;
  if (!sj_decode_confine(data, size, &c))
    return;
  for (uint32_t i = 0; i < c.size; i++)
    touched += c.filter[i];
}

static void netlink(const uint8_t *data, size_t size) {
  struct sj_netlink_request n;
  if (!sj_decode_netlink(data, size, &n))
    return;
  if (n.count > SJ_NETLINK_MAX)
    abort();
  for (uint32_t i = 0; i < n.patches; i++) {
    uint32_t offset = sj_decode_patch(&n, i).offset;
    for (uint32_t k = 0; k < 4; k++)
      touched += n.messages[offset + k];
  }
}

static void sysctl(const uint8_t *data, size_t size) {
  struct sj_sysctl_request s;
  if (!sj_decode_sysctl(data, size, &s))
    return;
  if (strstr(s.path, "../") != NULL && strstr(s.path, "../") == s.path)
    abort();
  touch(s.path, data, size);
  touch(s.value, data, size);
}

static void plan(const uint8_t *data, size_t size) {
  struct sj_plan p;
  if (!sj_decode_plan(data, size, 4, &p))
    return;
  for (unsigned s = 0; s < SJ_SECTIONS; s++)
    for (uint32_t i = 0; i < p.count[s]; i++) {
      const struct sj_op *op = &p.section[s][i];
      for (unsigned k = 0; k < 3; k++)
        touch(op->str[k], data, size);
      touch_all(&op->list, data, size);
      for (uint32_t k = 0; k < op->blob_size; k++)
        touched += op->blob[k];
    }
  sj_free_plan(&p);
}

static void start(const uint8_t *data, size_t size) {
  struct sj_start s;
  if (!sj_decode_start(data, size, &s))
    return;
  touch(s.uid_map, data, size);
  touch(s.gid_map, data, size);
  touch(s.directory, data, size);
  touch_all(&s.uid_command, data, size);
  touch_all(&s.gid_command, data, size);
  touch_all(&s.paths, data, size);
  touch_all(&s.argv, data, size);
  touch_all(&s.environment, data, size);
  for (uint32_t i = 0; i < s.nfds; i++)
    if (s.targets[i] > 2 * SJ_FDS_MAX)
      abort();
  sj_free_start(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sj_header h;
  if (size == 0)
    return 0;
  switch (data[0] % 11) {
  case 0:
    if (sj_decode_header(data + 1, size - 1, &h) && (h.nfds > SJ_FDS_MAX || h.length > SJ_BODY_MAX))
      abort();
    break;
  case 1:
    plan(data + 1, size - 1);
    break;
  case 2:
    start(data + 1, size - 1);
    break;
  case 3:
    root(data + 1, size - 1);
    break;
  case 4:
    watch(data + 1, size - 1);
    break;
  case 6:
    link(data + 1, size - 1);
    break;
  case 7:
    confine(data + 1, size - 1);
    break;
  case 8:
    netlink(data + 1, size - 1);
    break;
  case 9:
    sysctl(data + 1, size - 1);
    break;
  case 10:
    decision(data + 1, size - 1);
    break;
  default:
    file(data + 1, size - 1);
    break;
  }
  return 0;
}
