#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child asks for its parent's number, with the arguments of kcmp(2); its tracer makes that call of it when it is on its way. */

enum { STOPPED_BY_CALL = SIGTRAP | 0x80, NOT_CHANGED = 100, REFUSED = 101 };

static long call_of(pid_t pid) {
  struct user_regs_struct registers;
  struct iovec part = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, pid, (void *)1L /* NT_PRSTATUS */, &part) != 0)
    return -1;
#if defined(__x86_64__)
  return (long)registers.orig_rax;
#else
  return (long)registers.regs[8];
#endif
}

static bool make_it(pid_t pid, long number) {
#if defined(__x86_64__)
  return ptrace(PTRACE_POKEUSER, pid, (void *)offsetof(struct user, regs.orig_rax), (void *)number) == 0;
#else
  int call = (int)number;
  struct iovec part = {&call, sizeof call};
  return ptrace(PTRACE_SETREGSET, pid, (void *)0x404L /* NT_ARM_SYSTEM_CALL */, &part) == 0;
#endif
}

_Noreturn static void traced(void) {
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
    _exit(REFUSED);
  raise(SIGSTOP);
  errno = 0;
  long self = getpid();
  long result = syscall(SYS_getppid, self, self, 0L, 0L, 0L);
  _exit(result == getppid() ? NOT_CHANGED : result >= 0 ? 0 : errno);
}

static enum outcome past_filter(void) {
  pid_t pid = fork();
  if (pid < 0)
    return tell(CONTAINED, "no process to trace: %s", strerror(errno));
  if (pid == 0)
    traced();
  int status = 0;
  bool asked = false;
  while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
    long deliver = 0;
    if (WSTOPSIG(status) == SIGSTOP)
      ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    else if (WSTOPSIG(status) != STOPPED_BY_CALL)
      deliver = WSTOPSIG(status);
    else if (!asked) {
      asked = call_of(pid) == SYS_getppid;
      if (asked && !make_it(pid, SYS_kcmp))
        return tell(CONTAINED, "the call can't be changed: %s", strerror(errno));
    }
    if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)deliver) != 0)
      break;
  }
  if (!WIFEXITED(status))
    return tell(CONTAINED, "the traced process was ended by signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  switch (WEXITSTATUS(status)) {
  case 0:
    return tell(EXPOSED, "getppid became kcmp, which succeeded");
  case NOT_CHANGED:
    return tell(NOT_APPLICABLE, "the call could not be changed");
  case REFUSED:
    return tell(CONTAINED, "ptrace(PTRACE_TRACEME) is refused");
  default:
    return tell(CONTAINED, "getppid became kcmp: %s", strerror(WEXITSTATUS(status)));
  }
}

const struct probe tracing_probes[] = {{"trace-past-filter", past_filter}, {NULL, NULL}};
