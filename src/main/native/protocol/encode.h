/* Writing what protocol.h describes into a buffer. */
#ifndef SJ_PROTOCOL_ENCODE_H
#define SJ_PROTOCOL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "protocol/reader.h"

/* A body under construction in a caller's buffer; what does not fit is dropped and `full` set. */
struct sj_writer {
  uint8_t *data;
  size_t size;
  size_t length;
  bool full;
};

void sj_put_u16(struct sj_writer *w, uint16_t v);
void sj_put_u32(struct sj_writer *w, uint32_t v);
void sj_put_u64(struct sj_writer *w, uint64_t v);
void sj_put_str(struct sj_writer *w, const char *s);
void sj_put_strv(struct sj_writer *w, const struct sj_strv *list);
void sj_put_blob(struct sj_writer *w, const void *data, size_t size);
void sj_patch_u32(struct sj_writer *w, size_t at, uint32_t v);

/* The body of SJ_EXITED, up to its usage. */
void sj_put_exit(struct sj_writer *w, int wait_status, uint64_t wall, const struct rusage *usage);

#endif
