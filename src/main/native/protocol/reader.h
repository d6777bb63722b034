/*
 * Reading the integers, strings and lists that messages consist of, each checked against the end of the message. Nothing here makes a
 * system call.
 */
#ifndef SJ_PROTOCOL_READER_H
#define SJ_PROTOCOL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/protocol.h"

struct sj_reader {
  const uint8_t *at;
  const uint8_t *end;
  bool bad; /* sticky: once set, every read gives zero or an empty value */
};

struct sj_strv {
  uint32_t count;
  const char **items; /* count pointers and a NULL */
};

void sj_reader_init(struct sj_reader *r, const uint8_t *data, size_t size);
/* So many bytes, which stay where they are; NULL if there are fewer. */
const uint8_t *sj_take(struct sj_reader *r, size_t size);
uint16_t sj_u16(struct sj_reader *r);
uint32_t sj_u32(struct sj_reader *r);
uint64_t sj_u64(struct sj_reader *r);
const char *sj_str(struct sj_reader *r);
/* `out` has to be empty, and owns memory afterwards unless the reader is bad. */
void sj_read_strv(struct sj_reader *r, struct sj_strv *out);
void sj_free_strv(struct sj_strv *list);

/* A file in a directory is named, never reached: a path could lead out. */
bool sj_is_name(const char *s);

#endif
