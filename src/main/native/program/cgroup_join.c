#define _GNU_SOURCE
#include "program/cgroup_join.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/fds.h"
#include "protocol/internal.h"
#include "protocol/transport.h"

/* Out of the way of the numbers that the program's own descriptors get. */
static int raise_entry(struct sj_entry *entry) {
  for (uint32_t i = 0; i < entry->nfiles; i++)
    if (sj_raise(&entry->files[i]) != 0)
      return -1;
  return entry->into >= 0 ? sj_raise(&entry->into) : 0;
}

int sj_cgroup_wait(struct sj_context *c) {
  uint8_t *buffer;
  struct sj_message m;
  int result = -1;
  if (c->entry.known)
    return 0;
  c->entry.known = true;
  c->entry.into = -1;
  c->entry.nfiles = 0;
  if (c->plan->count[SJ_CGROUP] == 0)
    return 0;
  sj_at(c, SJ_IN_CGROUP, 0, 0);
  buffer = malloc(SJ_BUFFER_SIZE);
  if (buffer == NULL)
    return sj_fail(c, "malloc", "");
  /* Anything else than the entry is a request to end. */
  enum sj_received got = sj_receive(c->control, buffer, &m);
  if (got == SJ_GOT_GARBAGE)
    (void)sj_fail(c, "recvmsg", "");
  if (got == SJ_GOT_MESSAGE && m.head.type == SJ_ENTRY && m.head.length == 4 && m.nfds <= SJ_HIERARCHIES_MAX) {
    uint32_t i = 0;
    if (m.body[0] != 0 && m.nfds > 0)
      c->entry.into = m.fds[i++];
    for (c->entry.nfiles = 0; i < m.nfds; i++)
      c->entry.files[c->entry.nfiles++] = m.fds[i];
    m.nfds = 0;
    result = raise_entry(&c->entry) == 0 ? 0 : sj_fail(c, "fcntl(F_DUPFD)", "");
  }
  sj_free_message(&m);
  free(buffer);
  sj_done(c);
  return result;
}

int sj_cgroup_enter(struct sj_context *c) {
  for (uint32_t i = 0; i < c->entry.nfiles; i++)
    if (write(c->entry.files[i], "0", 1) != 1)
      return sj_fail(c, "write", "cgroup");
  return 0;
}

int sj_do_cgroup_namespace(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  return unshare(CLONE_NEWCGROUP) == 0 ? 0 : sj_fail(c, "unshare(CLONE_NEWCGROUP)", "");
}
