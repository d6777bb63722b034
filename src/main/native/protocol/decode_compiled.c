#include "protocol/compiled.h"

#include <stdlib.h>
#include <string.h>

static bool read_hooks(struct sj_reader *r, struct sj_hooks *out) {
  uint32_t count = sj_u32(r);
  if (r->bad || count > SJ_HOOKS_MAX)
    return false;
  out->all = calloc((size_t)count + 1, sizeof *out->all);
  if (out->all == NULL)
    return false;
  out->count = count;
  for (uint32_t i = 0; i < count; i++) {
    struct sj_hook *hook = &out->all[i];
    hook->path = sj_str(r);
    sj_read_strv(r, &hook->arguments);
    sj_read_strv(r, &hook->environment);
    hook->timeout = sj_u64(r);
    if (r->bad || hook->arguments.count == 0)
      return false;
  }
  return true;
}

bool sj_decode_compiled(const uint8_t *data, size_t size, struct sj_compiled *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  if (sj_u32(&r) != SJ_COMPILED_FORMAT || r.bad)
    return false;
  if (sj_u32(&r) != 0) {
    out->refusal = sj_str(&r);
    return !r.bad && r.at == r.end;
  }
  out->version = sj_str(&r);
  out->annotations = sj_str(&r);
  out->bundle = sj_str(&r);
  out->rootfs = sj_str(&r);
  out->flags = sj_u32(&r);
  uint32_t plan_size = sj_u32(&r);
  const uint8_t *plan = sj_take(&r, plan_size);
  uint32_t start_size = sj_u32(&r);
  const uint8_t *start = sj_take(&r, start_size);
  sj_read_strv(&r, &out->descriptors);
  sj_read_strv(&r, &out->steps);
  if (r.bad || out->descriptors.count > SJ_FDS_MAX || !sj_decode_plan(plan, plan_size, out->descriptors.count, &out->plan) ||
      !sj_decode_start(start, start_size, &out->start))
    return false;
  uint32_t operations = 0;
  for (unsigned i = 0; i < SJ_SECTIONS; i++)
    operations += out->plan.count[i];
  if (out->steps.count != operations || out->start.argv.count == 0)
    return false;
  for (unsigned i = 0; i < SJ_HOOK_POINTS; i++)
    if (!read_hooks(&r, &out->hooks[i]))
      return false;
  sj_read_strv(&r, &out->notes);
  return !r.bad && r.at == r.end;
}
