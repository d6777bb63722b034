#define _GNU_SOURCE
#include "kernel/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/statx.h"
#include "protocol/protocol.h"

enum {
  NR_pidfd_send_signal = 424,
  NR_pidfd_open = 434,
  NR_open_tree = 428,
  NR_move_mount = 429,
  NR_fsopen = 430,
  NR_fsconfig = 431,
  NR_fsmount = 432,
  NR_fspick = 433,
  NR_close_range = 436,
  NR_openat2 = 437,
  NR_mount_setattr = 442,
};

enum { TRIES = 64 };

int sj_close_range(unsigned first, unsigned last, unsigned flags) {
  return (int)syscall(NR_close_range, first, last, flags);
}

int sj_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve) {
  struct {
    uint64_t flags, mode, resolve;
  } how = {flags, 0, resolve};
  long fd = -1;
  /* A rename elsewhere makes an IN_ROOT walk ask for another try; whoever renames all the time would keep us for ever. */
  for (unsigned i = 0; i < TRIES && fd < 0; i++) {
    fd = syscall(NR_openat2, dir, path, &how, sizeof how);
    if (fd < 0 && errno != EAGAIN && errno != EINTR)
      break;
  }
  return (int)fd;
}

int sj_open_tree(int dir, const char *path, unsigned flags) {
  return (int)syscall(NR_open_tree, dir, path, flags);
}

int sj_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
  return (int)syscall(NR_move_mount, from, from_path, to, to_path, flags);
}

int sj_fsopen(const char *type, unsigned flags) {
  return (int)syscall(NR_fsopen, type, flags);
}

int sj_fsconfig(int fs, unsigned command, const char *key, const char *value, int aux) {
  return (int)syscall(NR_fsconfig, fs, command, key, value, aux);
}

int sj_fspick(int dir, const char *path, unsigned flags) {
  return (int)syscall(NR_fspick, dir, path, flags);
}

int sj_fsmount(int fs, unsigned flags, unsigned attributes) {
  return (int)syscall(NR_fsmount, fs, flags, attributes);
}

int sj_mount_setattr(int dir, const char *path, unsigned flags, uint64_t set, uint64_t propagation, int userns) {
  struct {
    uint64_t set, clear, propagation, userns;
  } attr = {set & UINT32_MAX, set >> 32, propagation, userns < 0 ? 0 : (uint64_t)userns};
  return (int)syscall(NR_mount_setattr, dir, path, flags, &attr, sizeof attr);
}

int sj_pivot_root(const char *new_root, const char *put_old) {
  return (int)syscall(SYS_pivot_root, new_root, put_old);
}

pid_t sj_pidfd_pid(int pidfd) {
  struct {
    uint64_t mask, cgroup;
    uint32_t pid, rest[11];
  } info;
  memset(&info, 0, sizeof info);
  info.mask = 1; /* PIDFD_INFO_PID */
  return ioctl(pidfd, _IOWR(0xFF, 11, info), &info) == 0 ? (pid_t)info.pid : 0;
}

pid_t sj_pidfd_pid_in(int proc, int pidfd) {
  char path[64], text[512];
  snprintf(path, sizeof path, "self/fdinfo/%d", pidfd);
  int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[n < 0 ? 0 : n] = 0;
  const char *line = strstr(text, "Pid:");
  int pid = line == NULL ? 0 : atoi(line + 4);
  return pid > 0 ? pid : 0;
}

static uint64_t mount_of(int fd) {
  enum { STATX_MOUNT = 0x1000 };
  struct sj_statx s;
  memset(&s, 0, sizeof s);
  bool known = syscall(SYS_statx, fd, "", SJ_AT_EMPTY_PATH, STATX_MOUNT, &s) == 0 && (s.mask & STATX_MOUNT) != 0;
  return known ? s.mount : 0;
}

bool sj_same_mount(int fd, int other) {
  uint64_t mount = mount_of(fd);
  return mount != 0 && mount == mount_of(other);
}

bool sj_is_mount_root(int fd) {
  enum { MOUNT_ROOT = 0x2000 };
  struct sj_statx s;
  memset(&s, 0, sizeof s);
  bool known = syscall(SYS_statx, fd, "", SJ_AT_EMPTY_PATH, 0, &s) == 0 && (s.attributes_mask & MOUNT_ROOT) != 0;
  return !known || (s.attributes & MOUNT_ROOT) != 0;
}

int sj_pidfd_open(pid_t pid) {
  return (int)syscall(NR_pidfd_open, pid, 0);
}

int sj_pidfd_send_signal(int pidfd, int sig) {
  return (int)syscall(NR_pidfd_send_signal, pidfd, sig, NULL, 0);
}

static bool answers(long result) {
  /* EPERM counts as absent: filters of container runtimes answer so for calls that they do not know. */
  return result >= 0 || (errno != ENOSYS && errno != EPERM);
}

uint32_t sj_kernel_features(void) {
  uint32_t has = 0;
  if (answers(syscall(NR_close_range, ~0u, 0u, 0u)))
    has |= SJ_HAS_CLOSE_RANGE;
  if (answers(syscall(NR_openat2, -1, NULL, NULL, 0)))
    has |= SJ_HAS_OPENAT2;
  /* The mount calls answer EPERM before they look at their arguments; a namespace of its own makes that differ, so ask by ENOSYS. */
  if ((syscall(NR_move_mount, -1, NULL, -1, NULL, ~0u) >= 0 || errno != ENOSYS) &&
      (syscall(NR_fsopen, NULL, ~0u) >= 0 || errno != ENOSYS) && (syscall(NR_open_tree, -1, NULL, ~0u) >= 0 || errno != ENOSYS))
    has |= SJ_HAS_MOUNT_API;
  if (syscall(NR_mount_setattr, -1, NULL, ~0u, NULL, 0) >= 0 || errno != ENOSYS)
    has |= SJ_HAS_MOUNT_SETATTR;
  if (answers(syscall(NR_pidfd_send_signal, -1, 0, NULL, ~0u)))
    has |= SJ_HAS_PIDFD;
  if (answers(syscall(SJ_NR_CLONE3, NULL, 0)))
    has |= SJ_HAS_CLONE3;
  /* No such descriptor: older kernels complain about the flag, or about the size of the arguments. */
  struct sj_clone_args into = {.flags = SJ_CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = INT32_MAX};
  if (syscall(SJ_NR_CLONE3, &into, sizeof into) < 0 && errno == EBADF)
    has |= SJ_HAS_INTO_CGROUP;
  return has;
}

static uint64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t sj_now(void) {
  return now(CLOCK_MONOTONIC);
}

uint64_t sj_now_everywhere(void) {
  return now(CLOCK_TAI);
}
