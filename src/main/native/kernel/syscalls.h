/* System calls and constants that a C library may not have yet. Numbers above 423 are the same on every architecture. */
#ifndef SJ_KERNEL_SYSCALLS_H
#define SJ_KERNEL_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

int sj_close_range(unsigned first, unsigned last, unsigned flags);
int sj_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve);
int sj_open_tree(int dir, const char *path, unsigned flags);
int sj_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
int sj_fsopen(const char *type, unsigned flags);
int sj_fsconfig(int fs, unsigned command, const char *key, const char *value, int aux);
int sj_fspick(int dir, const char *path, unsigned flags);
int sj_fsmount(int fs, unsigned flags, unsigned attributes);
int sj_mount_setattr(int dir, const char *path, unsigned flags, uint64_t set, uint64_t propagation, int userns);
int sj_pivot_root(const char *new_root, const char *put_old);
/* Whether two descriptors are of one mount; false where the kernel can't tell (before Linux 5.8). */
bool sj_same_mount(int fd, int other);
/* Whether a descriptor is of the root of its mount; true where the kernel can't tell (before Linux 5.8). */
bool sj_is_mount_root(int fd);
int sj_pidfd_open(pid_t pid);
int sj_pidfd_send_signal(int pidfd, int sig);
/* What the pid namespace of this procfs calls it; 0 if that has no such process, or it was waited for. */
pid_t sj_pidfd_pid_in(int proc, int pidfd);
pid_t sj_pidfd_pid(int pidfd); /* in our pid namespace; 0 where the kernel can't tell (before Linux 6.13) or it has ended */

/* SJ_HAS_* of protocol.h */
uint32_t sj_kernel_features(void);

uint64_t sj_now(void); /* CLOCK_MONOTONIC in ns */
/* The same in every time namespace, but it jumps when the host's clock is set. */
uint64_t sj_now_everywhere(void);

#define SJ_RESOLVE_NO_MAGICLINKS 0x02u
#define SJ_RESOLVE_NO_SYMLINKS 0x04u
#define SJ_RESOLVE_BENEATH 0x08u
#define SJ_RESOLVE_IN_ROOT 0x10u
#define SJ_OPEN_TREE_CLONE 1u
#define SJ_OPEN_TREE_CLOEXEC 02000000u
#define SJ_AT_RECURSIVE 0x8000u
#define SJ_AT_EMPTY_PATH 0x1000u
#define SJ_MOVE_FROM_EMPTY 0x4u
#define SJ_MOVE_TO_EMPTY 0x40u
#define SJ_FSCONFIG_STRING 1u
#define SJ_FSCONFIG_FLAG 0u
#define SJ_FSCONFIG_CREATE 6u
#define SJ_FSCONFIG_RECONFIGURE 7u
#define SJ_FSPICK_CLOEXEC 1u
#define SJ_FSPICK_EMPTY_PATH 8u
#define SJ_ATTR_RDONLY 0x1u
#define SJ_ATTR_NOSUID 0x2u
#define SJ_ATTR_NODEV 0x4u
#define SJ_ATTR_NOEXEC 0x8u
#define SJ_ATTR_IDMAP 0x00100000u

#endif
