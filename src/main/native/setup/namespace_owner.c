#define _GNU_SOURCE
#include "setup/namespace_owner.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/syscalls.h"

static long capabilities(long call, uint32_t sets[6]) {
  struct {
    uint32_t version;
    int pid;
  } head = {0x20080522, 0};
  return syscall(call, &head, sets);
}

int sj_become_owner(struct sj_context *c, struct sj_owner *o) {
  unsigned long inside, outside;
  o->changed = false;
  o->uid = geteuid();
  if (!(c->plan->flags & SJ_PLAN_OWNER))
    return 0;
  if (sscanf(c->start->uid_map, "%lu %lu", &inside, &outside) != 2 || outside > UINT32_MAX - 1) {
    errno = EPROTO;
    return sj_fail(c, "decode", "id map");
  }
  o->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  if (prctl(PR_GET_PDEATHSIG, &o->death_signal, 0, 0, 0) != 0)
    o->death_signal = 0;
  if (capabilities(SYS_capget, o->sets) != 0)
    return sj_fail(c, "capget", "");
  /* The real and the saved one are what signals to this process go by, and stay. */
  if (syscall(SYS_setresuid, -1L, (long)outside, -1L) != 0)
    return sj_fail(c, "setresuid", "");
  o->changed = true;
  /* Some hosts want a capability for a user namespace. Files are still opened with the rights of whoever starts this. */
  syscall(SYS_setfsuid, (long)o->uid);
  if (capabilities(SYS_capset, o->sets) == 0)
    return 0;
  int error = errno;
  (void)sj_restore_ids(c, o);
  errno = error;
  return sj_fail(c, "capset", "");
}

int sj_restore_ids(struct sj_context *c, const struct sj_owner *o) {
  if (!o->changed)
    return 0;
  if (syscall(SYS_setresuid, -1L, (long)o->uid, -1L) != 0)
    return sj_fail(c, "setresuid", "");
  if (capabilities(SYS_capset, (uint32_t *)(uintptr_t)o->sets) != 0)
    return sj_fail(c, "capset", "");
  /* Taken away by each change of ids. */
  prctl(PR_SET_DUMPABLE, o->dumpable == 1, 0, 0, 0);
  if (o->death_signal != 0)
    prctl(PR_SET_PDEATHSIG, o->death_signal, 0, 0, 0);
  return 0;
}
