#define _GNU_SOURCE
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

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

/* Shares the table of descriptors with the supervisor, which finds the namespace's in it. */
static void make(struct sj_context *c) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  c->section = SJ_IN_SETUP;
  c->opcode = SJ_OP_NETWORK;
  c->index = c->network_index;
  if (unshare(CLONE_NEWNET) != 0) {
    sj_fail(c, "unshare(CLONE_NEWNET)", "");
    return;
  }
  if ((c->plan->flags & SJ_PLAN_LOOPBACK) && loopback_up(c) != 0)
    return;
  c->trace->network = openat(c->proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
  if (c->trace->network < 0)
    sj_fail(c, "open", "/proc/self/ns/net");
}

int sj_begin_network(struct sj_context *c) {
  c->trace->network = -1;
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

int sj_do_network(struct sj_context *c, const struct sj_op *op) {
  (void)op;
  pid_t helper = c->network_helper;
  c->network_helper = -1;
  if (helper <= 0) {
    errno = EPROTO;
    return sj_fail(c, "wait", "network");
  }
  while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
    ;
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
