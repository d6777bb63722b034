#define _GNU_SOURCE
#include "protocol/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pending_output {
  struct pending_output *next;
  uint64_t id;
  size_t length;
  uint16_t type;
  uint32_t nfds;
  int fds[2];
  uint8_t body[];
};

static struct pending_output *first;
static struct pending_output **last = &first;

/* The socket has room, and still does not take what is first. */
static bool stalled;

bool sj_outbox_empty(void) {
  return first == NULL;
}

bool sj_outbox_stalled(void) {
  return stalled;
}

/* Of a message that was not sent: whether it may be later. Otherwise Java is gone, which the loop is about to see. */
static bool may_be_sent(int error) {
  if (error == EPIPE || error == ECONNRESET)
    return false;
  if (error == EMSGSIZE || error == EBADF || error == EINVAL)
    abort(); /* what can't be said ever would hang its waiter; the end of the launcher is reported as LOST */
  stalled = error != EAGAIN; /* no memory, or too many descriptors under way (ETOOMANYREFS) */
  return true;
}

void sj_post(int socket, uint16_t type, uint64_t id, const uint8_t *body, size_t length, const int *fds, uint32_t nfds) {
  if (sj_outbox_empty()) {
    if (sj_send(socket, type, id, body, length, fds, nfds) == 0)
      return;
    if (!may_be_sent(errno))
      return;
  }
  struct pending_output *l = calloc(1, sizeof *l + length);
  if (l == NULL)
    abort(); /* as above */
  l->id = id;
  l->type = type;
  l->length = length;
  if (length > 0)
    memcpy(l->body, body, length);
  for (uint32_t i = 0; i < nfds && i < 2; i++) {
    int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
      abort(); /* without it the message says something else */
    l->fds[l->nfds++] = fd;
  }
  *last = l;
  last = &l->next;
}

bool sj_flush(int socket) {
  while (first != NULL) {
    struct pending_output *l = first;
    if (sj_send(socket, l->type, l->id, l->body, l->length, l->fds, l->nfds) != 0 && may_be_sent(errno))
      return false;
    stalled = false;
    for (uint32_t i = 0; i < l->nfds; i++)
      close(l->fds[i]);
    first = l->next;
    if (first == NULL)
      last = &first;
    free(l);
  }
  return true;
}
