#define _GNU_SOURCE
#include "protocol/encode.h"

#include <string.h>
#include <sys/wait.h>

#include "protocol/protocol.h"

static void put(struct sj_writer *w, const void *data, size_t size) {
  if (w->size - w->length < size) {
    w->full = true;
    return;
  }
  memcpy(w->data + w->length, data, size);
  w->length += size;
}

void sj_put_u16(struct sj_writer *w, uint16_t v) {
  uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
  put(w, b, sizeof b);
}

void sj_put_u32(struct sj_writer *w, uint32_t v) {
  sj_put_u16(w, (uint16_t)v);
  sj_put_u16(w, (uint16_t)(v >> 16));
}

void sj_put_u64(struct sj_writer *w, uint64_t v) {
  sj_put_u32(w, (uint32_t)v);
  sj_put_u32(w, (uint32_t)(v >> 32));
}

void sj_put_str(struct sj_writer *w, const char *s) {
  size_t n = strlen(s);
  sj_put_u32(w, (uint32_t)n);
  put(w, s, n + 1);
}

void sj_put_strv(struct sj_writer *w, const struct sj_strv *list) {
  sj_put_u32(w, list->count);
  for (uint32_t i = 0; i < list->count; i++)
    sj_put_str(w, list->items[i]);
}

void sj_put_blob(struct sj_writer *w, const void *data, size_t size) {
  sj_put_u32(w, (uint32_t)size);
  put(w, data, size);
}

void sj_patch_u32(struct sj_writer *w, size_t at, uint32_t v) {
  struct sj_writer part = {w->data + at, 4, 0, false};
  if (at + 4 <= w->length)
    sj_put_u32(&part, v);
}

void sj_put_exit(struct sj_writer *w, int status, uint64_t wall, const struct rusage *u) {
  bool exited = WIFEXITED(status);
  sj_put_u32(w, exited ? SJ_BY_EXIT : WCOREDUMP(status) ? SJ_BY_SIGNAL_CORE : SJ_BY_SIGNAL);
  sj_put_u32(w, (uint32_t)(exited ? WEXITSTATUS(status) : WTERMSIG(status)));
  sj_put_u64(w, wall);
  sj_put_u64(w, (uint64_t)u->ru_utime.tv_sec * 1000000u + (uint64_t)u->ru_utime.tv_usec);
  sj_put_u64(w, (uint64_t)u->ru_stime.tv_sec * 1000000u + (uint64_t)u->ru_stime.tv_usec);
  const long rest[] = {u->ru_maxrss, u->ru_minflt, u->ru_majflt, u->ru_inblock, u->ru_oublock, u->ru_nvcsw, u->ru_nivcsw};
  for (unsigned i = 0; i < 7; i++)
    sj_put_u64(w, (uint64_t)rest[i]);
}
