#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What one process can do to another of the same user, each way harmless: the settings that it has are set again, signals are number 0. */

enum { NR_pidfd_send_signal = 424, NR_pidfd_open = 434, IOPRIO_PROCESS = 1, IDLE = 3 << 13 };

static pid_t victim;

static bool by_kill(void) {
  return kill(victim, 0) == 0;
}

static bool by_tkill(void) {
  return syscall(SYS_tkill, victim, 0) == 0;
}

static bool by_tgkill(void) {
  return syscall(SYS_tgkill, victim, victim, 0) == 0;
}

static bool by_queue(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_code = SI_QUEUE;
  return syscall(SYS_rt_sigqueueinfo, victim, 0, &info) == 0;
}

static bool by_pidfd(void) {
  int fd = (int)syscall(NR_pidfd_open, victim, 0);
  if (fd < 0) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", victim);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  return fd >= 0 && syscall(NR_pidfd_send_signal, fd, 0, NULL, 0) == 0;
}

static bool by_limit(void) {
  uint64_t limit[2];
  return syscall(SYS_prlimit64, victim, RLIMIT_CORE, NULL, limit) == 0 && syscall(SYS_prlimit64, victim, RLIMIT_CORE, limit, NULL) == 0;
}

static bool by_affinity(void) {
  cpu_set_t set;
  return sched_getaffinity(victim, sizeof set, &set) == 0 && sched_setaffinity(victim, sizeof set, &set) == 0;
}

static bool by_policy(void) {
  const struct sched_param none = {0};
  return syscall(SYS_sched_setscheduler, victim, SCHED_OTHER, &none) == 0;
}

static bool by_priority(void) {
  return setpriority(PRIO_PROCESS, (id_t)victim, 19) == 0;
}

static bool by_io_priority(void) {
  return syscall(SYS_ioprio_set, IOPRIO_PROCESS, victim, IDLE) == 0;
}

static bool opens(const char *file, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", victim, file);
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static bool by_memory(void) {
  return opens("mem", O_RDWR);
}

static bool by_oom_score(void) {
  return opens("oom_score_adj", O_WRONLY);
}

static bool by_vm(void) {
  char byte;
  struct iovec here = {&byte, 1}, there = {&victim, 1}; /* the same program, at maybe the same address */
  return process_vm_readv(victim, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT;
}

static bool by_pages(void) {
  int status = 0;
  void *page = NULL;
  return syscall(SYS_move_pages, victim, 1UL, &page, NULL, &status, 0) == 0;
}

static const struct {
  const char *name;
  bool (*try)(void);
} ways[] = {
    {"kill", by_kill},
    {"tkill", by_tkill},
    {"tgkill", by_tgkill},
    {"rt_sigqueueinfo", by_queue},
    {"pidfd_send_signal", by_pidfd},
    {"prlimit64", by_limit},
    {"sched_setaffinity", by_affinity},
    {"sched_setscheduler", by_policy},
    {"setpriority", by_priority},
    {"ioprio_set", by_io_priority},
    {"/proc/PID/mem", by_memory},
    {"/proc/PID/oom_score_adj", by_oom_score},
    {"process_vm_readv", by_vm},
    {"move_pages", by_pages},
};

static enum outcome meddle(void) {
  char done[384] = "";
  victim = canary.victim;
  if (victim == 0)
    return tell(NOT_APPLICABLE, "no canary");
  if (!victim_lives())
    return tell(CONTAINED, "process %d is not there", victim);
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
    if (ways[i].try()) {
      strncat(done, " ", sizeof done - strlen(done) - 1);
      strncat(done, ways[i].name, sizeof done - strlen(done) - 1);
    }
  return done[0] != 0 ? tell(EXPOSED, "by%s", done) : tell(CONTAINED, "by none of %zu ways", sizeof ways / sizeof ways[0]);
}

const struct probe neighbour_probes[] = {{"meddle-with-process", meddle}, {NULL, NULL}};
