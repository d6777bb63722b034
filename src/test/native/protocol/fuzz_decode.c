/*
 * libFuzzer target for what launcher, relay and helper for files decode. The first byte chooses what the rest is taken for: 0 a header,
 * 1 a plan, 2 a start request, 3 a root of cgroups, 4 a watch, 5 a call on files, 6 a link of a relay, 7 how it is confined, 8 what Java
 * says of a connection.
 * Seeds: corpus/fuzz_decode, written by `decode_test DIRECTORY`.
 */
#include "protocol/fuzz.h"

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
  switch (data[0] % 9) {
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
    decision(data + 1, size - 1);
    break;
  default:
    file(data + 1, size - 1);
    break;
  }
  return 0;
}
