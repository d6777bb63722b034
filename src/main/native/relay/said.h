/* What Java has said to one of the two sides of a connection, in the place of first bytes that were for a proxy. */
#ifndef SJ_RELAY_SAID_H
#define SJ_RELAY_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/decode.h"

struct sj_said {
  uint8_t *bytes; /* those of each enum sj_say, one after the other; NULL if there are none */
  uint32_t size[SJ_SAID_COUNT];
};

/*
 * All or nothing. Nothing was written to that socket before but what a client had asked for, so there is room, or its client goes without.
 * False with errno.
 */
bool sj_say(int fd, const uint8_t *bytes, size_t size);
/* Keeps what a decision has said, for sj_say_kept. False with errno. */
bool sj_keep_said(struct sj_said *s, const struct sj_decision *d);
bool sj_say_kept(const struct sj_said *s, int fd, enum sj_say what);
void sj_forget_said(struct sj_said *s);

#endif
