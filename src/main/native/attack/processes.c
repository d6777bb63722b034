#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 1500 };

static bool is_canary(void) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/cmdline", canary.pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
  if (fd >= 0)
    close(fd);
  return n > 0 && canary.word != NULL && memmem(text, (size_t)n, canary.word, strlen(canary.word)) != NULL;
}

static enum outcome see(void) {
  if (canary.pid == 0)
    return tell(NOT_APPLICABLE, "no canary");
  return is_canary() ? tell(EXPOSED, "saw the command line of process %d", canary.pid) : tell(CONTAINED, "process %d is not there", canary.pid);
}

/* The number may be somebody else's inside: only the canary counts, which is visible wherever signals reach it in practice. */
static enum outcome signal_host(void) {
  if (canary.pid == 0)
    return tell(NOT_APPLICABLE, "no canary");
  if (kill(canary.pid, 0) != 0)
    return tell(CONTAINED, "kill: %s", strerror(errno));
  return is_canary() || access("/proc/self", F_OK) != 0 ? tell(EXPOSED, "process %d can be sent signals", canary.pid)
                                                         : tell(CONTAINED, "that number is a process inside");
}

/* Who is none of the sandbox's own: the canary, unless its number is somebody else's inside, and process 1, unless that is this program. */
static int strangers(pid_t out[2]) {
  int n = 0;
  if (canary.pid != 0 && (is_canary() || access("/proc/self", F_OK) != 0))
    out[n++] = canary.pid;
  if (getpid() != 1 && getppid() != 1)
    out[n++] = 1;
  return n;
}

static enum outcome trace_strangers(void) {
  pid_t who[2];
  int n = strangers(who);
  errno = ESRCH;
  for (int i = 0; i < n; i++)
    if (ptrace(PTRACE_SEIZE, who[i], NULL, NULL) == 0)
      return tell(EXPOSED, "ptrace(PTRACE_SEIZE) of process %d succeeded", who[i]); /* the end of this process lets go of it */
  return tell(CONTAINED, "ptrace(PTRACE_SEIZE): %s", strerror(errno));
}

/* Rights are looked at before addresses are: EFAULT is for who has them. */
static enum outcome copy_strangers(void) {
  pid_t who[2];
  int n = strangers(who);
  char byte;
  struct iovec here = {&byte, 1}, there = {&byte, 1};
  errno = ESRCH;
  for (int i = 0; i < n; i++)
    if (process_vm_readv(who[i], &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
      return tell(EXPOSED, "process_vm_readv of process %d succeeded", who[i]);
  return tell(CONTAINED, "process_vm_readv: %s", strerror(errno));
}

static enum outcome init_memory(void) {
  char path[64];
  const int pids[] = {1, getppid(), canary.pid};
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "/proc/%d/mem", pids[i]);
    /* The parent is this program too. */
    if (pids[i] > 0 && (pids[i] != getppid() || pids[i] == 1) && open(path, O_RDWR | O_CLOEXEC) >= 0)
      return tell(EXPOSED, "opened %s", path);
  }
  return tell(CONTAINED, "%s", strerror(errno));
}

static enum outcome priority(void) {
  /* Whoever started it may have given it a priority above the ordinary one. */
  errno = 0;
  int wanted = getpriority(PRIO_PROCESS, 0) - 5;
  if (errno != 0)
    return tell(NOT_APPLICABLE, "getpriority: %s", strerror(errno));
  if (wanted < -20)
    return tell(NOT_APPLICABLE, "its priority is %d already", wanted + 5);
  char what[32];
  snprintf(what, sizeof what, "setpriority(%d)", wanted);
  return judge_success(what, setpriority(PRIO_PROCESS, 0, wanted));
}

static enum outcome many(void) {
  int n = 0;
  while (n < MANY) {
    pid_t pid = fork();
    if (pid < 0)
      break;
    if (pid == 0) {
      alarm(4);
      pause();
      _exit(0);
    }
    n++;
  }
  int error = errno;
  kill(0, SIGCONT);
  enum outcome outcome = n == MANY ? tell(EXPOSED, "%d processes, and no end", n) : tell(CONTAINED, "%d processes, then: %s", n, strerror(error));
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  while (wait(NULL) > 0)
    ;
  return outcome;
}

const struct probe process_probes[] = {
    {"see-host-process", see},       {"signal-host-process", signal_host}, {"trace-host-process", trace_strangers}, {"process-vm", copy_strangers},
    {"memory-of-init", init_memory}, {"raise-priority", priority},         {"many-processes", many},
    {NULL, NULL},
};
