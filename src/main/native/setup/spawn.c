#define _GNU_SOURCE
#include "setup/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/id_maps.h"
#include "setup/layers.h"
#include "setup/namespace_owner.h"
#include "setup/operations.h"
#include "setup/supervisor.h"

pid_t sj_clone_supervisor(struct sj_context *c, uint64_t extra_flags, int *release) {
  int sync[2] = {-1, -1};
  *release = -1;
  sj_at(c, SJ_IN_CLONE, 0, 0);
  if (sj_awaits_layers(c)) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) != 0)
      return sj_fail(c, "socketpair", "");
  } else if ((c->start->map_mode != SJ_MAP_NONE || (extra_flags & SJ_CLONE_PARENT)) && pipe2(sync, O_CLOEXEC) != 0) {
    /* Where the launcher is not who clones, it has to be told the number before the supervisor says anything of itself. */
    return sj_fail(c, "pipe2", "");
  }
  struct sj_clone clone = {(c->plan->clone_flags & ~(uint64_t)SJ_CLONE_LATER) | extra_flags, -1};
  struct sj_owner owner;
  int owned = sj_become_owner(c, &owner);
  pid_t pid = owned == 0 ? sj_clone(&clone) : -1;
  if (pid == 0 && c->inside != NULL)
    c->inside(c, sync[0]);
  if (pid == 0)
    sj_supervise(c, sync[0]);
  int error = errno;
  if (owned == 0 && sj_restore_ids(c, &owner) != 0)
    _exit(1); /* with less than it needs, and reported */
  if (sync[0] >= 0)
    close(sync[0]);
  if (clone.pidfd >= 0)
    close(clone.pidfd);
  errno = error;
  if (pid < 0) {
    if (owned == 0)
      sj_fail(c, "clone", "");
    if (sync[1] >= 0)
      close(sync[1]);
    return -1;
  }
  *release = sync[1];
  return pid;
}

int sj_map_and_release(struct sj_context *c, pid_t pid, int release) {
  if (release < 0)
    return 0;
  int result = sj_write_maps(c, pid);
  if (result == 0 && write(release, "", 1) != 1 && errno != EPIPE)
    result = sj_fail(c, "write", "sync");
  close(release);
  return result;
}

int sj_enter_network(struct sj_context *c, bool owned) {
  if (c->network < 0)
    return 0;
  sj_at(c, SJ_IN_CLONE, 0, 5);
  if (c->network_owner >= 0 && !owned && setns(c->network_owner, CLONE_NEWUSER) != 0)
    return sj_fail(c, "setns(CLONE_NEWUSER)", "network");
  return setns(c->network, CLONE_NEWNET) == 0 ? 0 : sj_fail(c, "setns(CLONE_NEWNET)", "network");
}

/*
 * Stays outside the new user namespace: it still has the rights of the host process, so it can open what the mapped ids could not,
 * enter namespaces, and wait for newuidmap without holding up the launcher. The supervisor becomes its sibling, not its child.
 */
_Noreturn static void be_outer_helper(struct sj_context *c) {
  int keep[SJ_FDS_MAX * 2 + SJ_FURTHER_MAX + 4];
  unsigned n = 0;
  int release;
  close(c->launcher_end);
  c->launcher_end = -1;
  keep[n++] = c->control;
  keep[n++] = c->proc;
  if (c->network >= 0)
    keep[n++] = c->network;
  if (c->network_owner >= 0)
    keep[n++] = c->network_owner;
  for (uint32_t i = 0; i < c->start->nfds; i++)
    keep[n++] = c->fds[i];
  for (uint32_t i = 0; i < c->nplan_fds && i < SJ_FDS_MAX; i++)
    keep[n++] = c->plan_fds[i];
  for (unsigned i = 0; i < c->nfurther; i++)
    keep[n++] = c->further[i];
  sj_at(c, SJ_IN_CLONE, 0, 2);
  if (sj_close_others(c->proc, 3, keep, n) != 0) {
    sj_fail(c, "close_range", "");
    _exit(1);
  }
  if ((c->plan->flags & SJ_PLAN_OUTER_HELPER) && sj_run_section(c, SJ_OUTER) != 0)
    _exit(1);
  if (sj_enter_network(c, false) != 0)
    _exit(1);
  pid_t pid = sj_clone_supervisor(c, SJ_CLONE_PARENT, &release);
  if (pid < 0)
    _exit(1);
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)pid);
  if (sj_send(c->control, SJ_SUPERVISOR_PID, c->id, body, w.length, NULL, 0) != 0)
    _exit(1);
  _exit(sj_map_and_release(c, pid, release) == 0 ? 0 : 1);
}

pid_t sj_spawn(struct sj_context *c, bool *helped) {
  *helped = (c->plan->flags & SJ_PLAN_OUTER_HELPER) || c->network >= 0;
  if (*helped) {
    sj_at(c, SJ_IN_CLONE, 0, 3);
    struct sj_clone clone = {0, -1};
    pid_t pid = sj_clone(&clone);
    if (pid == 0)
      be_outer_helper(c);
    if (clone.pidfd >= 0)
      close(clone.pidfd);
    return pid < 0 ? sj_fail(c, "clone", "") : pid;
  }
  int release;
  pid_t pid = sj_clone_supervisor(c, 0, &release);
  if (pid > 0)
    (void)sj_map_and_release(c, pid, release); /* on failure the supervisor ends and FAILED is under way */
  return pid;
}
