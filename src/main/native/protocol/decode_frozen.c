#include "protocol/frozen.h"

#include <stdlib.h>
#include <string.h>

static bool read_places(struct sj_reader *r, struct sj_frozen *out) {
  uint32_t count = sj_u32(r);
  if (r->bad || count > SJ_FROZEN_PLACES_MAX || (out->place = calloc((size_t)count + 1, sizeof *out->place)) == NULL)
    return false;
  out->places = count;
  for (uint32_t i = 0; i < count; i++) {
    struct sj_frozen_place *p = &out->place[i];
    p->path = sj_str(r);
    p->device = sj_u64(r);
    p->inode = sj_u64(r);
    p->type = sj_u32(r);
  }
  return !r->bad;
}

static bool read_patches(struct sj_reader *r, struct sj_frozen *out) {
  uint32_t count = sj_u32(r);
  if (r->bad || count > SJ_FROZEN_PATCHES_MAX || (out->patch = calloc((size_t)count + 1, sizeof *out->patch)) == NULL)
    return false;
  out->patches = count;
  for (uint32_t i = 0; i < count; i++) {
    struct sj_frozen_patch *p = &out->patch[i];
    p->offset = sj_u32(r);
    p->distance = sj_u64(r);
    if (r->bad || out->body_size < SJ_FROZEN_DIGITS || p->offset > out->body_size - SJ_FROZEN_DIGITS || p->distance > UINT32_MAX)
      return false;
    for (unsigned k = 0; k < SJ_FROZEN_DIGITS; k++)
      if (out->body[p->offset + k] < '0' || out->body[p->offset + k] > '9')
        return false;
  }
  return true;
}

static bool read_ids(struct sj_reader *r, struct sj_frozen *out) {
  out->map_mode = sj_u32(r);
  out->block = sj_u64(r);
  out->first_uid = sj_u64(r);
  out->first_gid = sj_u64(r);
  out->uid_map = sj_str(r);
  out->gid_map = sj_str(r);
  sj_read_strv(r, &out->uid_command);
  sj_read_strv(r, &out->gid_command);
  out->locks = sj_str(r);
  out->first_id = sj_u64(r);
  out->slot_ids = sj_u64(r);
  out->slots_size = sj_u32(r);
  out->slots = sj_take(r, out->slots_size);
  bool none = out->block == 0;
  return !r->bad && out->map_mode <= SJ_MAP_HELPER && (none || (out->slot_ids >= out->block && out->slot_ids <= UINT32_MAX && out->first_id <= UINT32_MAX));
}

static uint32_t operations(const struct sj_plan *plan) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < SJ_SECTIONS; i++)
    sum += plan->count[i];
  return sum;
}

/* A path that each run makes its own. */
static bool has_paths_of_runs(const struct sj_plan *plan, uint32_t cgroups) {
  const size_t own = strlen(SJ_FROZEN_RUN);
  for (uint32_t i = 0; i < plan->count[SJ_CGROUP]; i++) {
    const struct sj_op *op = &plan->section[SJ_CGROUP][i];
    if (op->code == SJ_OP_CGROUP)
      return false;
    if (op->code != SJ_OP_CGROUP_AT)
      continue;
    size_t n = strlen(op->str[1]);
    if (op->num[0] >= cgroups || op->str[0][0] == 0 || n < own || strcmp(op->str[1] + n - own, SJ_FROZEN_RUN) != 0)
      return false;
  }
  return true;
}

static bool read_plan(struct sj_reader *r, struct sj_frozen *out) {
  out->body_size = sj_u32(r);
  out->body = sj_take(r, out->body_size);
  if (r->bad || !read_patches(r, out))
    return false;
  sj_read_strv(r, &out->descriptors);
  sj_read_strv(r, &out->steps);
  sj_read_strv(r, &out->cgroups);
  return !r->bad && out->descriptors.count < SJ_FDS_MAX && out->cgroups.count <= SJ_HIERARCHIES_MAX &&
         sj_decode_plan(out->body, out->body_size, out->descriptors.count, &out->plan) && out->steps.count == operations(&out->plan) &&
         has_paths_of_runs(&out->plan, out->cgroups.count);
}

static bool decode(const uint8_t *data, size_t size, struct sj_frozen *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  if (sj_u32(&r) != SJ_FROZEN_MAGIC || sj_u32(&r) != SJ_FROZEN_FORMAT || r.bad)
    return false;
  out->wire = sj_u32(&r);
  out->version = sj_str(&r);
  if (r.bad || out->wire != SJ_WIRE_VERSION)
    return !r.bad;
  out->name = sj_str(&r);
  out->release = sj_str(&r);
  out->features = sj_u32(&r);
  out->uid = sj_u32(&r);
  out->gid = sj_u32(&r);
  out->capabilities = sj_u64(&r);
  if (!read_places(&r, out) || !read_ids(&r, out) || !read_plan(&r, out))
    return false;
  out->timeout = sj_u64(&r);
  out->cpu_time = sj_u64(&r);
  out->grace = sj_u64(&r);
  out->stop_signal = sj_u32(&r);
  out->output = sj_u64(&r);
  sj_read_strv(&r, &out->environment);
  out->directory = sj_str(&r);
  sj_read_strv(&r, &out->reads);
  return !r.bad && r.at == r.end && out->stop_signal <= SJ_SIGNAL_MAX;
}

bool sj_decode_frozen(const uint8_t *data, size_t size, struct sj_frozen *out) {
  memset(out, 0, sizeof *out);
  if (decode(data, size, out))
    return true;
  sj_free_frozen(out);
  return false;
}

void sj_free_frozen(struct sj_frozen *out) {
  free(out->place);
  free(out->patch);
  sj_free_plan(&out->plan);
  sj_free_strv(&out->uid_command);
  sj_free_strv(&out->gid_command);
  sj_free_strv(&out->descriptors);
  sj_free_strv(&out->steps);
  sj_free_strv(&out->cgroups);
  sj_free_strv(&out->environment);
  sj_free_strv(&out->reads);
  memset(out, 0, sizeof *out);
}
