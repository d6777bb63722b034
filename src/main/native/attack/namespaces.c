#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NR_clone3 = 435 };

static enum outcome user(void) {
  return judge_success("unshare(CLONE_NEWUSER)", unshare(CLONE_NEWUSER));
}

static enum outcome others(void) {
  static const struct {
    int flag;
    const char *name;
  } kinds[] = {{CLONE_NEWNS, "mount"}, {CLONE_NEWNET, "network"}, {CLONE_NEWUTS, "UTS"},
               {CLONE_NEWIPC, "IPC"},  {0x02000000, "cgroup"},    {CLONE_NEWPID, "PID"}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (unshare(kinds[i].flag) == 0)
      return tell(EXPOSED, "a new %s namespace", kinds[i].name);
  return tell(CONTAINED, "unshare: %s", strerror(errno));
}

static enum outcome by_clone(void) {
  pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_NEWUSER | SIGCHLD), 0L, 0L, 0L, 0L);
  if (pid == 0)
    _exit(0);
  if (pid > 0)
    waitpid(pid, NULL, 0);
  return judge_success("clone(CLONE_NEWUSER)", pid);
}

static enum outcome by_clone3(void) {
  uint64_t args[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
  pid_t pid = (pid_t)syscall(NR_clone3, args, sizeof args);
  if (pid == 0)
    _exit(0);
  if (pid > 0)
    waitpid(pid, NULL, 0);
  return judge_success("clone3(CLONE_NEWUSER)", pid);
}

static enum outcome join(void) {
  static const char *const kinds[] = {"mnt", "net", "pid", "uts", "ipc", "cgroup", "user"};
  char path[64];
  const int pids[] = {1, getppid(), canary.pid};
  for (size_t p = 0; p < 3; p++)
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
      snprintf(path, sizeof path, "/proc/%d/ns/%s", pids[p], kinds[k]);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && setns(fd, 0) == 0)
        return tell(EXPOSED, "entered %s", path);
      if (fd >= 0)
        close(fd);
    }
  return tell(CONTAINED, "setns: %s", strerror(errno));
}

static enum outcome map_again(void) {
  int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return tell(CONTAINED, "open: %s", strerror(errno));
  return judge_success("writing uid_map", write(fd, "0 0 1\n", 6));
}

static enum outcome groups(void) {
  return judge_success("setgroups", setgroups(0, NULL));
}

static enum outcome become_root(void) {
  if (getuid() == 0)
    return tell(EXPOSED, "it is root of its user namespace");
  return judge_success("setresuid(0)", setresuid(0, 0, 0));
}

static unsigned long long status(const char *field, int base) {
  char text[8192];
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[n < 0 ? 0 : n] = 0;
  const char *line = strstr(text, field);
  return line == NULL ? ~0ull : strtoull(line + strlen(field), NULL, base);
}

static enum outcome capabilities(void) {
  static const char *const sets[] = {"CapEff:", "CapPrm:", "CapInh:", "CapAmb:"};
  for (size_t i = 0; i < 4; i++) {
    unsigned long long value = status(sets[i], 16);
    if (value == ~0ull)
      return tell(NOT_APPLICABLE, "no /proc/self/status");
    if (value != 0)
      return tell(EXPOSED, "%s %llx", sets[i], value);
  }
  return tell(CONTAINED, "none");
}

static enum outcome no_new_privs(void) {
  unsigned long long value = status("NoNewPrivs:", 10);
  return value == 1 ? tell(CONTAINED, "no_new_privs is set")
         : value == 0 ? tell(EXPOSED, "set-user-ID programs count")
                      : tell(NOT_APPLICABLE, "no /proc/self/status");
}

const struct probe namespace_probes[] = {
    {"user-namespace", user},   {"other-namespaces", others},  {"clone-namespace", by_clone},  {"clone3-namespace", by_clone3},
    {"enter-namespace", join},  {"map-ids-again", map_again},  {"drop-groups", groups},        {"become-root", become_root},
    {"capabilities", capabilities}, {"set-user-id", no_new_privs}, {NULL, NULL},
};
