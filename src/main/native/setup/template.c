#define _GNU_SOURCE
#include "setup/template.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/id_maps.h"
#include "setup/layers.h"
#include "setup/operations.h"
#include "setup/resolve.h"
#include "setup/spawn.h"

/* Of a plan whose sandboxes are attached to networks; there is one template in a process. */
static struct {
  int home;   /* the network namespace that it is in between its starts; -1 where starts bring no network */
  bool owned; /* it is in the user namespace that owns the networks, and has none of its own */
} networks = {-1, false};

/* An id of the template's namespace is the same in the clone's. */
static bool same_ids(const char *map, char out[SJ_MAP_TEXT]) {
  unsigned long inside, outside, count;
  if (sscanf(map, "%lu %lu %lu", &inside, &outside, &count) != 3 || strchr(map, '\n') != map + strlen(map) - 1)
    return false;
  snprintf(out, SJ_MAP_TEXT, "%lu %lu %lu\n", inside, inside, count);
  return true;
}

static uint32_t network_descriptors(const struct sj_start *s) {
  if (!(s->flags & SJ_START_NETWORK))
    return 0;
  return s->flags & SJ_START_NETWORK_OWNER ? 2 : 1;
}

/* The supervisor is born in the network of its start; this process must not stay there, where it would keep it. */
static pid_t clone_in_network(struct sj_context *c, int *release) {
  *release = -1;
  pid_t pid = sj_enter_network(c, networks.owned) == 0 ? sj_clone_supervisor(c, SJ_CLONE_PARENT, release) : -1;
  if (c->network >= 0 && setns(networks.home, CLONE_NEWNET) != 0) {
    sj_fail(c, "setns(CLONE_NEWNET)", "network");
    _exit(1); /* and the clone with it, which waits to be released */
  }
  return pid;
}

static void start(struct sj_context *base, struct sj_message *m) {
  struct sj_context c = *base;
  struct sj_start s;
  char uid_map[SJ_MAP_TEXT], gid_map[SJ_MAP_TEXT];
  int release;
  c.id = m->head.id;
  c.received = sj_now();
  c.start = &s;
  c.control = m->fds[0];
  c.templated = true;
  sj_at(&c, SJ_IN_CLONE, 0, 2);
  bool decoded = sj_decode_start(m->body, m->head.length, &s);
  uint32_t more = decoded ? network_descriptors(&s) : 0;
  if (!decoded || s.nfds + more + 1 != m->nfds || (more > 0) != (networks.home >= 0) || sj_new_trace(&c) != 0) {
    errno = EPROTO;
    sj_fail(&c, "decode", "start request");
    sj_free_start(&s);
    return;
  }
  memcpy(c.fds, m->fds + 1, s.nfds * sizeof c.fds[0]);
  if (more > 0)
    c.network = m->fds[1 + s.nfds];
  if ((c.plan->flags & SJ_PLAN_TEMPLATE_USER) && !networks.owned) {
    if (!same_ids(s.uid_map, uid_map) || !same_ids(s.gid_map, gid_map)) {
      errno = EPROTO;
      sj_fail(&c, "decode", "id map");
      goto out;
    }
    s.uid_map = uid_map;
    s.gid_map = gid_map;
  }
  pid_t pid = clone_in_network(&c, &release);
  if (pid > 0) {
    uint8_t body[4];
    struct sj_writer w = {body, sizeof body, 0, false};
    sj_put_u32(&w, (uint32_t)pid);
    /* Before the clone may go on: the launcher has to know it before it hears of it. Who is not there to take this has ended us both. */
    (void)sj_send(c.control, SJ_SUPERVISOR_PID, c.id, body, w.length, NULL, 0);
    /* What fails is reported by itself, and the clone ends. */
    if (sj_has_layers(c.plan))
      (void)sj_map_and_give_layers(&c, pid, release);
    else
      (void)sj_map_and_release(&c, pid, release);
  }
out:
  sj_free_trace(&c);
  sj_free_start(&s);
}

_Noreturn static void serve(struct sj_context *c) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (;;) {
    enum sj_received got = sj_receive(c->control, buffer, &m);
    if (got == SJ_GOT_MESSAGE && m.head.type == SJ_START && m.nfds > 0)
      start(c, &m);
    else if (got != SJ_GOT_GARBAGE)
      _exit(0); /* dropped */
    sj_free_message(&m);
  }
}

static int wait_for_map(int sync) {
  char byte;
  if (sync < 0)
    return 0;
  ssize_t n = read(sync, &byte, 1);
  close(sync);
  return n == 1 ? 0 : -1;
}

/* Who is to clone supervisors into networks has to be in what owns these. */
static int enter_owner(struct sj_context *c) {
  if (networks.owned) {
    if (c->network_owner >= 0 && setns(c->network_owner, CLONE_NEWUSER) != 0)
      return sj_fail(c, "setns(CLONE_NEWUSER)", "network");
    if (c->network_owner >= 0)
      close(c->network_owner);
    /* A namespace of the host's it could not enter again. */
    if (unshare(CLONE_NEWNET) != 0)
      return sj_fail(c, "unshare(CLONE_NEWNET)", "");
  }
  if (c->network >= 0 && (networks.home = openat(c->proc, "self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
    return sj_fail(c, "open", "/proc/self/ns/net");
  c->network = c->network_owner = -1;
  return 0;
}

_Noreturn static void template(struct sj_context *c, int sync) {
  int keep[SJ_FDS_MAX + 4];
  unsigned n = 0;
  prctl(PR_SET_NAME, "sandjar-template", 0, 0, 0);
  keep[n++] = c->control;
  keep[n++] = c->proc;
  if (sync >= 0)
    keep[n++] = sync;
  if (networks.owned && c->network_owner >= 0)
    keep[n++] = c->network_owner;
  sj_at(c, SJ_IN_CLONE, 0, 2);
  if (sj_close_others(c->proc, 3, keep, n) != 0 || wait_for_map(sync) != 0 || enter_owner(c) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || setsid() < 0)
    _exit(1);
  if (sj_raise(&c->control) != 0 || sj_raise(&c->proc) != 0)
    _exit(1);
  if ((networks.owned || !(c->plan->flags & SJ_PLAN_TEMPLATE_USER)) && unshare((int)SJ_CLONE_NEWNS) != 0) {
    sj_fail(c, "unshare(CLONE_NEWNS)", "");
    _exit(1);
  }
  c->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  c->part = SJ_SHARED_PART;
  if (c->root < 0 || sj_run_section(c, SJ_OUTER) != 0 || sj_run_section(c, SJ_SETUP) != 0)
    _exit(1);
  c->part = SJ_PER_SANDBOX_PART;
  if (sj_send(c->control, SJ_READY, c->id, NULL, 0, NULL, 0) != 0)
    _exit(1);
  sj_free_trace(c);
  serve(c);
}

pid_t sj_template_make(const struct sj_context *first, int *socket) {
  struct sj_context c = *first;
  struct sj_clone clone = {0, -1};
  int pair[2], sync[2] = {-1, -1};
  bool owned = (c.plan->flags & SJ_PLAN_TEMPLATE_USER) && c.network >= 0;
  bool user = (c.plan->flags & SJ_PLAN_TEMPLATE_USER) && !owned;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return -1;
  if (user && pipe2(sync, O_CLOEXEC) != 0) {
    close(pair[0]);
    close(pair[1]);
    return -1;
  }
  c.control = pair[1];
  c.launcher_end = -1;
  c.received = sj_now();
  c.trace = NULL;
  clone.flags = user ? SJ_CLONE_NEWUSER | SJ_CLONE_NEWNS : 0;
  pid_t pid = sj_new_trace(&c) != 0 ? -1 : sj_clone(&clone);
  if (pid == 0) {
    if (sync[1] >= 0)
      close(sync[1]);
    networks.owned = owned;
    template(&c, sync[0]);
  }
  int error = errno;
  if (clone.pidfd >= 0)
    close(clone.pidfd);
  if (sync[0] >= 0)
    close(sync[0]);
  /* What goes wrong is reported on the template's socket, and its plan goes on without one. */
  if (pid > 0)
    (void)sj_map_and_release(&c, pid, sync[1]);
  else if (sync[1] >= 0)
    close(sync[1]);
  sj_free_trace(&c);
  close(pair[1]);
  if (pid < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) {
    close(pair[0]); /* it ends with that */
    errno = error;
    *socket = -1;
    return pid;
  }
  *socket = pair[0];
  return pid;
}
