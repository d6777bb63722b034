#define _GNU_SOURCE
#include "program/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "program/cgroup_join.h"
#include "program/exec.h"
#include "program/seccomp.h"
#include "protocol/transport.h"

/* If nobody reads this any more, nobody waits. */
static void say(int channel, char word) {
  (void)!write(channel, &word, 1);
}

/* Until the program is named. The filters are installed already: Java asks for this only where they let pass what comes after them. */
static int prepare(struct sj_context *c, int channel) {
  const int keep[] = {c->control, c->proc, channel};
  prctl(PR_SET_NAME, "sandjar-warm", 0, 0, 0);
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (setsid() < 0)
    return sj_fail(c, "setsid", "");
  if (sj_cgroup_enter(c) != 0 || c->run_section(c, SJ_PROCESS) != 0)
    return -1;
  sj_at(c, SJ_IN_CHDIR, 0, 0);
  if (sj_close_others(c->proc, 3, keep, 3) != 0)
    return sj_fail(c, "close_range", "");
  if (sj_follow_supervisor(c) != 0)
    return -1;
  if (sj_install_filters(c) != 0) {
    sj_pass_on(c);
    return -1;
  }
  return 0;
}

/* 0, or -1 after sj_fail. Ends where nobody is going to name a program. */
static int await_program(struct sj_context *c, int channel, struct sj_start *start) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  static struct sj_message m;
  sj_at(c, SJ_IN_REQUEST, 0, 0);
  enum sj_received got = sj_receive(channel, buffer, &m);
  if (got == SJ_GOT_END)
    sj_leave(0);
  if (got == SJ_GOT_GARBAGE)
    return sj_fail(c, "recvmsg", "start request");
  bool right = got == SJ_GOT_MESSAGE && m.head.type == SJ_RUN && m.head.id == c->id;
  if (!right || !sj_decode_start(m.body, m.head.length, start) || start->nfds != m.nfds || (start->flags & ~(uint32_t)SJ_START_WARM) != 0) {
    errno = EPROTO;
    return sj_fail(c, "decode", "start request");
  }
  memcpy(c->fds, m.fds, sizeof c->fds);
  c->start = start;
  return 0;
}

/* What the clock of the sandbox's own time namespace shows more than the host's. */
static uint64_t clock_offset(const struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_SETUP];
  for (uint32_t i = 0; i < c->plan->count[SJ_SETUP]; i++, op++)
    if (op->code == SJ_OP_TIME_OFFSETS)
      return op->num[0] * 1000000000u + op->num[1];
  return 0;
}

static int run_program(struct sj_context *c, int channel) {
  const int keep[] = {c->control, channel};
  sigset_t none;
  int past;
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (sj_place_descriptors(c, -1, &past) != 0)
    return -1;
  sj_at(c, SJ_IN_CHDIR, 0, 0);
  /* Before the directory is entered: no path may lead through a descriptor of ours. */
  if (sj_close_others(c->proc, past, keep, 2) != 0)
    return sj_fail(c, "close_range", "");
  if (sj_change_directory(c) != 0)
    return -1;
  sj_at(c, SJ_IN_EXEC, 0, 0);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  c->trace->executing_at = sj_now() - clock_offset(c);
  say(channel, SJ_EXECUTING);
  sj_execute(c);
  sj_pass_on(c);
  return -1;
}

static void warm(void *argument) {
  struct sj_context *c = argument;
  static struct sj_start start;
  int channel = c->fds[0];
  if (prepare(c, channel) != 0 || await_program(c, channel, &start) != 0 || run_program(c, channel) != 0)
    say(channel, SJ_RUN_FAILED); /* the launcher has the reason */
}

int sj_start_warm(struct sj_context *c, struct sj_program *out) {
  *out = (struct sj_program){-1, -1, -1, 0};
  sj_at(c, SJ_IN_FORK, 0, 0);
  if (c->start->nfds != 1 || sj_raise(&c->fds[0]) != 0) {
    errno = EPROTO;
    return sj_fail(c, "start", "command channel");
  }
  c->above = getpid();
  out->pid = sj_fork(c->entry.into, warm, c, &out->pidfd);
  int error = errno;
  close(c->fds[0]); /* its end is what tells that the program executes */
  out->started = sj_now();
  errno = error;
  if (out->pid < 0)
    return sj_fail(c, c->entry.into >= 0 ? "clone3(CLONE_INTO_CGROUP)" : "clone", "");
  sj_done(c);
  return 0;
}
