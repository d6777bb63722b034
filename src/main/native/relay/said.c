#define _GNU_SOURCE
#include "relay/said.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

bool sj_say(int fd, const uint8_t *bytes, size_t size) {
  struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  const struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
  ssize_t n = size == 0 ? 0 : sendmsg(fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0 && (size_t)n < size)
    errno = EAGAIN;
  return n >= 0 && (size_t)n == size;
}

bool sj_keep_said(struct sj_said *s, const struct sj_decision *d) {
  size_t all = 0, at = 0;
  for (unsigned i = 0; i < SJ_SAID_COUNT; i++)
    all += d->said[i].size;
  s->bytes = all > 0 ? malloc(all) : NULL;
  if (all > 0 && s->bytes == NULL)
    return false;
  for (unsigned i = 0; i < SJ_SAID_COUNT; i++) {
    s->size[i] = d->said[i].size;
    if (s->size[i] > 0)
      memcpy(s->bytes + at, d->said[i].bytes, s->size[i]);
    at += s->size[i];
  }
  return true;
}

bool sj_say_kept(const struct sj_said *s, int fd, enum sj_say what) {
  size_t at = 0;
  for (unsigned i = 0; i < what; i++)
    at += s->size[i];
  return s->bytes == NULL || sj_say(fd, s->bytes + at, s->size[what]);
}

void sj_forget_said(struct sj_said *s) {
  free(s->bytes);
  *s = (struct sj_said){.bytes = NULL};
}
