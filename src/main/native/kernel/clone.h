/* New processes: raw system calls, since this program has one thread and the C library may lack the flags. */
#ifndef SJ_KERNEL_CLONE_H
#define SJ_KERNEL_CLONE_H

#include <stdint.h>
#include <sys/types.h>

#define SJ_NR_CLONE3 435

/* As clone3(2) takes it. */
struct sj_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

struct sj_clone {
  uint64_t flags; /* CLONE_NEW*, CLONE_PARENT */
  int pidfd;      /* out, -1 where the kernel has none */
};

pid_t sj_clone(struct sj_clone *c);
/*
 * vfork with a stack of its own: `run` shares this process's memory until it executes or ends, and must not return. Where the kernel
 * wants separate memory (a new time namespace before Linux 6.3), the memory is a copy instead.
 */
pid_t sj_vfork(void (*run)(void *), void *argument, int *pidfd);
/*
 * Which processors this process may use, while it is bound to the one it runs on. A child that its parent waits for anyway begins there
 * at once; the kernel would give it an idle processor, which has to wake up first.
 */
struct sj_processors {
  long size; /* 0 if nothing was changed */
  unsigned long mask[8192 / (8 * sizeof(unsigned long))];
};
void sj_pin(struct sj_processors *before);
void sj_restore_affinity(const struct sj_processors *before); /* undoes it */
/* As sj_vfork, but with memory of its own, and inside a cgroup from its beginning. */
pid_t sj_fork_into(int cgroup, void (*run)(void *), void *argument, int *pidfd);
/* The same without waiting for the child; `cgroup` may be -1. */
pid_t sj_fork(int cgroup, void (*run)(void *), void *argument, int *pidfd);
_Noreturn void sj_leave(int status); /* even under a filter that refuses to let us */
pid_t sj_clone_sharing_descriptors(void); /* fork, but with one table of descriptors for both */

#define SJ_CLONE_INTO_CGROUP 0x200000000u
#define SJ_CLONE_PIDFD 0x1000u
#define SJ_CLONE_PARENT 0x8000u
#define SJ_CLONE_NEWTIME 0x80u
#define SJ_CLONE_NEWNS 0x20000u
#define SJ_CLONE_NEWUSER 0x10000000u
#define SJ_CLONE_NEWPID 0x20000000u
/* Those that the supervisor can make for itself; the others have to be there from its beginning. */
#define SJ_CLONE_LATER (SJ_CLONE_NEWNS | 0x08000000u | 0x04000000u | 0x02000000u)

#endif
