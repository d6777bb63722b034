#define _GNU_SOURCE
#include "kernel/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

/*
 * clone(2), not clone3(2): every flag needed so far fits, and container runtimes with older filters refuse the newer call.
 * The raw call without a stack behaves as fork; the callers are single-threaded, so the C library's view of the process
 * (its cached thread id is unused here) does not matter.
 */
pid_t sj_clone(struct sj_clone *c) {
  c->pidfd = -1;
  return (pid_t)syscall(SYS_clone, c->flags | SJ_CLONE_PIDFD | SIGCHLD, 0L, &c->pidfd, 0L, 0L);
}

void sj_leave(int status) {
  syscall(SYS_exit_group, status);
  syscall(SYS_exit, status);
  __builtin_trap(); /* a filter has refused both */
}

static struct {
  void (*run)(void *);
  void *argument;
} vforked;

static int enter(void *unused) {
  (void)unused;
  vforked.run(vforked.argument);
  sj_leave(127);
}

pid_t sj_vfork(void (*run)(void *), void *argument, int *pidfd) {
  static char stack[128 * 1024] __attribute__((aligned(16)));
  const int flags = CLONE_VFORK | (int)SJ_CLONE_PIDFD | SIGCHLD;
  *pidfd = -1;
  vforked.run = run;
  vforked.argument = argument;
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack, sizeof stack); /* an earlier child's frames have ended without a return */
#endif
  pid_t pid = clone(enter, stack + sizeof stack, CLONE_VM | flags, NULL, pidfd);
  return pid < 0 && errno == EINVAL ? clone(enter, stack + sizeof stack, flags, NULL, pidfd) : pid;
}

void sj_pin(struct sj_processors *before) {
  unsigned here = 0;
  unsigned long one[sizeof before->mask / sizeof before->mask[0]] = {0};
  const unsigned bits = 8 * sizeof one[0];
  before->size = 0;
  if (syscall(SYS_getcpu, &here, NULL, NULL) != 0 || here >= 8 * sizeof one)
    return;
  long size = syscall(SYS_sched_getaffinity, 0, sizeof before->mask, before->mask);
  one[here / bits] = 1ul << here % bits;
  if (size > 0 && syscall(SYS_sched_setaffinity, 0, sizeof one, one) == 0)
    before->size = size;
}

void sj_restore_affinity(const struct sj_processors *before) {
  /* The set was allowed a moment ago. Should it be no more, the kernel has put us where we may be. */
  if (before->size > 0)
    (void)syscall(SYS_sched_setaffinity, 0, before->size, before->mask);
}

static pid_t fork_into(uint64_t flags, int cgroup, void (*run)(void *), void *argument, int *pidfd) {
  struct sj_clone_args args = {.flags = flags | SJ_CLONE_PIDFD | SJ_CLONE_INTO_CGROUP,
            .pidfd = (uint64_t)(uintptr_t)pidfd,
            .exit_signal = SIGCHLD,
            .cgroup = (uint64_t)cgroup};
  *pidfd = -1;
  pid_t pid = (pid_t)syscall(SJ_NR_CLONE3, &args, sizeof args);
  if (pid == 0) {
    run(argument);
    sj_leave(127);
  }
  return pid;
}

pid_t sj_fork_into(int cgroup, void (*run)(void *), void *argument, int *pidfd) {
  return fork_into(CLONE_VFORK, cgroup, run, argument, pidfd);
}

pid_t sj_fork(int cgroup, void (*run)(void *), void *argument, int *pidfd) {
  if (cgroup >= 0)
    return fork_into(0, cgroup, run, argument, pidfd);
  struct sj_clone clone = {0, -1};
  pid_t pid = sj_clone(&clone);
  if (pid == 0) {
    run(argument);
    sj_leave(127);
  }
  *pidfd = clone.pidfd;
  return pid;
}

pid_t sj_clone_sharing_descriptors(void) {
  return (pid_t)syscall(SYS_clone, (unsigned long)CLONE_FILES | SIGCHLD, 0L, 0L, 0L, 0L);
}
