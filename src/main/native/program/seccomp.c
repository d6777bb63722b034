#define _GNU_SOURCE
#include "program/seccomp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol/transport.h"

enum { SET_MODE_FILTER = 1, NEW_LISTENER = 1 << 3, WAIT_KILLABLE_RECV = 1 << 5, FILTER_MAX = 4096 };

struct program {
  unsigned short length;
  const void *instructions;
};

/* The last argument means nothing to the kernel: an earlier filter of ours knows this call by it. */
static long set_filter(unsigned long flags, const struct program *program) {
  return syscall(SYS_seccomp, SET_MODE_FILTER, flags, program, 0L, 0L, SJ_INSTALLER);
}

static int install(struct sj_context *c, const struct sj_op *op) {
  struct program program = {(unsigned short)(op->blob_size / 8), op->blob};
  unsigned long flags = (unsigned long)op->num[0];
  if (op->blob_size / 8 > FILTER_MAX) {
    errno = EINVAL;
    return sj_fail_later(c, "seccomp", "", 0);
  }
  long result;
  if (op->flags & SJ_LISTENER_FLAG) {
    /* Else a signal would undo a call that the host has already decided on: what it gave would be lost. Linux 5.19 and later. */
    result = set_filter(flags | NEW_LISTENER | WAIT_KILLABLE_RECV, &program);
    if (result < 0 && errno == EINVAL)
      result = set_filter(flags | NEW_LISTENER, &program);
  } else {
    result = set_filter(flags, &program);
  }
  if (result < 0)
    return sj_fail_later(c, "seccomp", "", 0);
  return (int)result;
}

/*
 * The filter that has just been installed asks the host about calls, perhaps about sendmsg too. Java lets pass what has these flags,
 * which mean nothing to the kernel, and forbids it again with the next filter.
 */
static int hand_over(struct sj_context *c, int listener) {
  int result = sj_send_with(c->control, SJ_LISTENER, c->id, listener, SJ_LISTENER_TRANSFER_FLAGS);
  if (result != 0)
    sj_fail_later(c, "sendmsg", "listener", 0);
  return result; /* the listener closes at the execve: a call more could be one more that is asked about */
}

int sj_install_filters(struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++, op++) {
    bool handed_files = c->start->flags & SJ_START_HANDED_FILES;
    if (op->code != SJ_OP_SECCOMP || ((op->flags & SJ_HANDED_FILES) && !handed_files))
      continue;
    c->section = SJ_IN_PROCESS;
    c->opcode = op->code;
    c->index = i;
    int fd = install(c, op);
    if (fd < 0 || ((op->flags & SJ_LISTENER_FLAG) && hand_over(c, fd) != 0))
      return -1;
  }
  return 0;
}
