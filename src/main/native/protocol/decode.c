#include "protocol/decode.h"

#include <string.h>

bool sj_decode_header(const uint8_t *data, size_t size, struct sj_header *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  uint32_t magic = sj_u32(&r);
  out->type = sj_u16(&r);
  out->flags = sj_u16(&r);
  out->id = sj_u64(&r);
  out->length = sj_u32(&r);
  out->nfds = sj_u32(&r);
  if (r.bad || magic != SJ_MAGIC || out->length > SJ_BODY_MAX || out->nfds > SJ_FDS_MAX)
    return false;
  if ((out->flags & ~SJ_BODY_IN_MEMFD) != 0)
    return false;
  if (out->flags & SJ_BODY_IN_MEMFD)
    return out->nfds > 0 && size == SJ_HEADER_SIZE;
  return size - SJ_HEADER_SIZE == out->length;
}

bool sj_decode_start(const uint8_t *data, size_t size, struct sj_start *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->plan = sj_u64(&r);
  out->template = sj_u64(&r);
  out->flags = sj_u32(&r);
  out->rows = sj_u16(&r);
  out->columns = sj_u16(&r);
  out->timeout = sj_u64(&r);
  out->cpu_time = sj_u64(&r);
  out->grace = sj_u64(&r);
  out->stop_signal = sj_u32(&r);
  out->map_mode = sj_u32(&r);
  out->uid_map = sj_str(&r);
  out->gid_map = sj_str(&r);
  sj_read_strv(&r, &out->uid_command);
  sj_read_strv(&r, &out->gid_command);
  sj_read_strv(&r, &out->paths);
  sj_read_strv(&r, &out->argv);
  sj_read_strv(&r, &out->environment);
  out->directory = sj_str(&r);
  out->nfds = sj_u32(&r);
  bool good = !r.bad && out->nfds <= SJ_FDS_MAX && out->map_mode <= SJ_MAP_HELPER && out->stop_signal <= SJ_SIGNAL_MAX;
  uint32_t low = 0; /* how many of 0, 1, 2 are there */
  for (uint32_t i = 0; good && i < out->nfds; i++) {
    out->targets[i] = sj_u32(&r);
    if (out->targets[i] > SJ_TARGET_MAX || (i > 0 && out->targets[i] <= out->targets[i - 1]))
      good = false;
    low += out->targets[i] < 3;
  }
  bool from = out->flags & SJ_START_FROM_TEMPLATE, make = out->flags & SJ_START_MAKE_TEMPLATE;
  good = good && !r.bad && r.at == r.end && !(from && make) && (from || make) == (out->template != 0);
  if (good && !(out->flags & (SJ_START_PROBE | SJ_START_PREPARE)))
    good = out->argv.count > 0 && out->paths.count > 0 && (low == 3 || (out->flags & SJ_START_PTY));
  if (good && out->map_mode == SJ_MAP_HELPER)
    good = out->uid_command.count > 1 && out->gid_command.count > 1;
  if (!good)
    sj_free_start(out);
  return good;
}

void sj_free_start(struct sj_start *start) {
  sj_free_strv(&start->uid_command);
  sj_free_strv(&start->gid_command);
  sj_free_strv(&start->paths);
  sj_free_strv(&start->argv);
  sj_free_strv(&start->environment);
}

bool sj_decode_cgroup_root(const uint8_t *data, size_t size, struct sj_cgroup_root *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  sj_read_strv(&r, &out->directories);
  sj_read_strv(&r, &out->actions);
  if (!r.bad && r.at == r.end && out->directories.count <= SJ_HIERARCHIES_MAX && out->actions.count % 3 == 0)
    return true;
  sj_free_cgroup_root(out);
  return false;
}

void sj_free_cgroup_root(struct sj_cgroup_root *root) {
  sj_free_strv(&root->directories);
  sj_free_strv(&root->actions);
}

bool sj_decode_watch(const uint8_t *data, size_t size, struct sj_watch_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->number = sj_u32(&r);
  out->hierarchy = sj_u32(&r);
  out->file = sj_str(&r);
  out->control = sj_str(&r);
  out->text = sj_str(&r);
  return !r.bad && r.at == r.end && out->hierarchy < SJ_HIERARCHIES_MAX && sj_is_name(out->file) &&
         (out->control[0] == 0 || sj_is_name(out->control));
}

bool sj_decode_file(const uint8_t *data, size_t size, struct sj_file_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->call = sj_u32(&r);
  for (unsigned i = 0; i < 3; i++)
    out->num[i] = sj_u64(&r);
  out->name = sj_str(&r);
  out->other = sj_str(&r);
  out->size = sj_u32(&r);
  out->value = sj_take(&r, out->size);
  return !r.bad && r.at == r.end && out->call >= SJ_FILE_OPEN && out->call < SJ_FILE_CALLS_END;
}
