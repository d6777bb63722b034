#include "protocol/reader.h"

#include <stdlib.h>
#include <string.h>

void sj_reader_init(struct sj_reader *r, const uint8_t *data, size_t size) {
  r->at = data;
  r->end = data + size;
  r->bad = false;
}

const uint8_t *sj_take(struct sj_reader *r, size_t size) {
  const uint8_t *at = r->at;
  if (r->bad || (size_t)(r->end - at) < size) {
    r->bad = true;
    return NULL;
  }
  r->at = at + size;
  return at;
}

uint16_t sj_u16(struct sj_reader *r) {
  const uint8_t *p = sj_take(r, 2);
  return p == NULL ? 0 : (uint16_t)(p[0] | p[1] << 8);
}

uint32_t sj_u32(struct sj_reader *r) {
  uint32_t low = sj_u16(r);
  return low | (uint32_t)sj_u16(r) << 16;
}

uint64_t sj_u64(struct sj_reader *r) {
  uint64_t low = sj_u32(r);
  return low | (uint64_t)sj_u32(r) << 32;
}

const char *sj_str(struct sj_reader *r) {
  uint32_t n = sj_u32(r);
  const uint8_t *p = n == UINT32_MAX ? sj_take(r, SIZE_MAX) : sj_take(r, (size_t)n + 1);
  if (p == NULL)
    return "";
  if (p[n] != 0 || memchr(p, 0, n) != NULL) {
    r->bad = true;
    return "";
  }
  return (const char *)p;
}

void sj_read_strv(struct sj_reader *r, struct sj_strv *out) {
  uint32_t count = sj_u32(r);
  /* The smallest str has five bytes, so a count that can't be there is refused before anything is allocated for it. */
  if (r->bad || count > SJ_STRV_MAX || (size_t)(r->end - r->at) / 5 < count) {
    r->bad = true;
    return;
  }
  const char **items = calloc((size_t)count + 1, sizeof *items);
  if (items == NULL) {
    r->bad = true;
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    items[i] = sj_str(r);
  out->count = count;
  out->items = items;
}

void sj_free_strv(struct sj_strv *list) {
  free(list->items);
  list->items = NULL;
  list->count = 0;
}

bool sj_is_name(const char *s) {
  return s[0] != 0 && strchr(s, '/') == NULL && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}
