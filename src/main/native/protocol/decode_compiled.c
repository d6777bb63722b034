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

enum beginning { MALFORMED, REFUSED, GOES_ON };

/* What all kinds begin with. A refusal is all that there is then. */
static enum beginning begin(struct sj_reader *r, uint32_t wanted, const char **refusal) {
  if (sj_u32(r) != SJ_COMPILED_FORMAT || r->bad)
    return MALFORMED;
  uint32_t kind = sj_u32(r);
  if (kind == SJ_COMPILED_REFUSED) {
    *refusal = sj_str(r);
    return !r->bad && r->at == r->end ? REFUSED : MALFORMED;
  }
  return kind == wanted ? GOES_ON : MALFORMED;
}

static bool decode(const uint8_t *data, size_t size, struct sj_compiled *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  enum beginning beginning = begin(&r, SJ_COMPILED_PLAN, &out->refusal);
  if (beginning != GOES_ON)
    return beginning == REFUSED;
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

void sj_free_compiled(struct sj_compiled *out) {
  for (unsigned i = 0; i < SJ_HOOK_POINTS; i++) {
    for (uint32_t k = 0; k < out->hooks[i].count; k++) {
      sj_free_strv(&out->hooks[i].all[k].arguments);
      sj_free_strv(&out->hooks[i].all[k].environment);
    }
    free(out->hooks[i].all);
  }
  sj_free_plan(&out->plan);
  sj_free_start(&out->start);
  sj_free_strv(&out->descriptors);
  sj_free_strv(&out->steps);
  sj_free_strv(&out->notes);
  memset(out, 0, sizeof *out);
}

bool sj_decode_compiled(const uint8_t *data, size_t size, struct sj_compiled *out) {
  memset(out, 0, sizeof *out);
  bool good = decode(data, size, out);
  if (!good)
    sj_free_compiled(out);
  return good;
}

static bool changes(const uint8_t *data, size_t size, struct sj_update *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  enum beginning beginning = begin(&r, SJ_COMPILED_CHANGES, &out->refusal);
  if (beginning != GOES_ON)
    return beginning == REFUSED;
  out->config_size = sj_u32(&r);
  out->config = sj_take(&r, out->config_size);
  out->count = sj_u32(&r);
  if (r.bad || out->count > SJ_CHANGES_MAX || (out->all = calloc((size_t)out->count + 1, sizeof *out->all)) == NULL)
    return false;
  for (uint32_t i = 0; i < out->count; i++)
    for (unsigned v = 0; v < 2; v++) {
      out->all[i].file[v] = sj_str(&r);
      out->all[i].value[v] = sj_str(&r);
      if (out->all[i].file[v][0] != 0 && !sj_is_name(out->all[i].file[v]))
        return false;
    }
  return !r.bad && r.at == r.end;
}

bool sj_decode_update(const uint8_t *data, size_t size, struct sj_update *out) {
  memset(out, 0, sizeof *out);
  bool good = changes(data, size, out);
  if (!good)
    free(out->all);
  return good;
}
