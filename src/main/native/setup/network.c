#define _GNU_SOURCE
#include "setup/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/syscalls.h"

static int loopback_up(struct sj_context *c) {
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0)
    return sj_fail(c, "socket", "lo");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  int result = ioctl(s, SIOCSIFFLAGS, &request) == 0 ? 0 : sj_fail(c, "ioctl(SIOCSIFFLAGS)", "lo");
  close(s);
  return result;
}

enum { NOT_YET = -1, NEVER = -2 };

static void say(struct sj_trace *t, int descriptor) {
  t->network = descriptor;
  syscall(SYS_futex, &t->network, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Shares the table of descriptors with the supervisor, which finds the namespace's in it and goes on while the device comes up. */
static void make(struct sj_context *c) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  c->section = SJ_IN_SETUP;
  c->opcode = SJ_OP_NETWORK;
  c->index = c->network_index;
  int fd = unshare(CLONE_NEWNET) == 0 ? openat(c->proc, "self/ns/net", O_RDONLY | O_CLOEXEC) : NEVER;
  if (fd < 0) {
    sj_fail(c, fd == NEVER ? "unshare(CLONE_NEWNET)" : "open", "");
    say(c->trace, NEVER);
    return;
  }
  say(c->trace, fd);
  if (c->plan->flags & SJ_PLAN_LOOPBACK)
    (void)loopback_up(c); /* reported by itself; the supervisor looks before it starts the program */
}

int sj_begin_network(struct sj_context *c) {
  c->trace->network = NOT_YET;
  c->network_helper = -1;
  if (!(c->plan->flags & SJ_PLAN_NETWORK))
    return 0;
  const struct sj_op *setup = c->plan->section[1];
  for (uint32_t i = 0; i < c->plan->count[1]; i++)
    if (setup[i].code == SJ_OP_NETWORK)
      c->network_index = i;
  c->network_helper = sj_clone_sharing_descriptors();
  if (c->network_helper == 0) {
    make(c);
    _exit(0);
  }
  return c->network_helper < 0 ? sj_fail(c, "clone", "network") : 0;
}

/* Whether the helper is gone; it is then forgotten. */
static bool helper_ended(struct sj_context *c, int options) {
  pid_t pid;
  do
    pid = waitpid(c->network_helper, NULL, options);
  while (pid < 0 && errno == EINTR);
  if (pid == 0)
    return false;
  c->network_helper = -1;
  return true;
}

int sj_do_network(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  if (c->network_helper <= 0) {
    errno = EPROTO;
    return sj_fail(c, "wait", "network");
  }
  /* A helper that was killed wakes nobody: so now and then look whether it lives. */
  const struct timespec patience = {0, 50000000};
  while (c->trace->network == NOT_YET) {
    syscall(SYS_futex, &c->trace->network, FUTEX_WAIT, NOT_YET, &patience, NULL, 0);
    if (c->trace->network == NOT_YET && helper_ended(c, WNOHANG) && c->trace->network == NOT_YET)
      c->trace->network = NEVER;
  }
  if (c->trace->failed)
    return -1;
  if (c->trace->network < 0) {
    errno = ECHILD;
    return sj_fail(c, "wait", "network");
  }
  int entered = setns(c->trace->network, CLONE_NEWNET);
  int error = errno;
  close(c->trace->network);
  errno = error;
  return entered == 0 ? 0 : sj_fail(c, "setns", "network");
}

int sj_end_network(struct sj_context *c) {
  if (c->network_helper > 0)
    (void)helper_ended(c, 0);
  return c->trace->failed ? -1 : 0;
}
