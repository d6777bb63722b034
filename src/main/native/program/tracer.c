#define _GNU_SOURCE
#include "program/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "protocol/transport.h"

enum { SEIZE = 0x4206, LISTEN = 0x4208, GET_SYSCALL_INFO = 0x420e };
enum { EVENT_SECCOMP = 7, EVENT_STOP = 128 };
enum { TRACE_FORK = 1 << 1, TRACE_VFORK = 1 << 2, TRACE_CLONE = 1 << 3, TRACE_SECCOMP = 1 << EVENT_SECCOMP, EXIT_KILL = 1 << 20 };
enum { ARGUMENTS = 6, INFO_SECCOMP = 3 };

/* struct ptrace_syscall_info for PTRACE_SYSCALL_INFO_SECCOMP, Linux 5.3; C libraries have it in different headers, or not at all. */
struct syscall_info {
  uint8_t op;
  uint8_t pad[3];
  uint32_t arch;
  uint64_t instruction_pointer;
  uint64_t stack_pointer;
  uint64_t number;
  uint64_t arguments[ARGUMENTS];
  uint32_t data;
  uint32_t pad2;
};

static long trace(int request, pid_t pid, unsigned long address, unsigned long data) {
  return ptrace(request, pid, (void *)address, (void *)data);
}

/* What SJ_LISTENER says is read there. One write, so that no record is ever torn: it is shorter than PIPE_BUF. */
static bool tell(pid_t pid, int pipe) {
  struct syscall_info info;
  memset(&info, 0, sizeof info);
  if (trace(GET_SYSCALL_INFO, pid, sizeof info, (unsigned long)&info) < 0)
    return errno == ESRCH; /* killed meanwhile: then it makes no call either */
  if (info.op != INFO_SECCOMP)
    return false;
  uint64_t record[2 + ARGUMENTS] = {info.number, info.arch};
  memcpy(record + 2, info.arguments, sizeof info.arguments);
  ssize_t n;
  do
    n = write(pipe, record, sizeof record);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)sizeof record;
}

static bool stops_group(int sig) {
  return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* False if a call went by untold. */
static bool take(pid_t pid, int status, int pipe) {
  if (!WIFSTOPPED(status))
    return true;
  int event = status >> 16;
  int sig = WSTOPSIG(status);
  int request = PTRACE_CONT;
  unsigned long deliver = 0;
  if (event == EVENT_SECCOMP) {
    if (!tell(pid, pipe))
      return false;
  } else if (event == EVENT_STOP && stops_group(sig)) {
    request = LISTEN;
  } else if (event == 0) {
    deliver = (unsigned long)sig;
  }
  return trace(request, pid, 0, deliver) == 0 || errno == ESRCH;
}

/* Who wrote, as a number of this process's namespace, whatever the writer is called in its own. */
static pid_t writer(int socket) {
  char byte;
  union {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec iov = {&byte, 1};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  if (recvmsg(socket, &message, 0) != 1)
    return -1;
  struct cmsghdr *first = CMSG_FIRSTHDR(&message);
  if (first == NULL || first->cmsg_type != SCM_CREDENTIALS)
    return -1;
  struct ucred credentials;
  memcpy(&credentials, CMSG_DATA(first), sizeof credentials);
  return credentials.pid;
}

/* Should this process die or fail, so does all that it traces. */
_Noreturn static void trace_program(struct sj_context *c, int socket, int pipe) {
  const int keep[] = {socket, pipe, c->proc};
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NAME, "sandjar-trace", 0, 0, 0);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || sj_close_others(c->proc, 0, keep, 3) != 0)
    _exit(1);
  pid_t pid = writer(socket);
  if (pid <= 0)
    _exit(1); /* there is no program after all */
  int error = 0;
  if (trace(SEIZE, pid, 0, TRACE_FORK | TRACE_VFORK | TRACE_CLONE | TRACE_SECCOMP | EXIT_KILL) != 0)
    error = errno;
  if (write(socket, &error, sizeof error) != (ssize_t)sizeof error || error != 0)
    _exit(1);
  close(socket);
  for (;;) {
    int status;
    pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno != EINTR)
      _exit(0);
    if (pid > 0 && !take(pid, status, pipe))
      _exit(1);
  }
}

int sj_begin_tracer(struct sj_context *c) {
  int sockets[2];
  int pipes[2];
  int yes = 1;
  c->tracer = -1;
  if (!(c->plan->flags & SJ_PLAN_OBSERVE))
    return 0;
  sj_at(c, SJ_IN_OBSERVER, 0, 0);
  if (pipe2(pipes, O_CLOEXEC) != 0)
    return sj_fail(c, "pipe2", "");
  int result = sj_send_with(c->control, SJ_LISTENER, c->id, pipes[0], MSG_NOSIGNAL);
  if (result != 0)
    sj_fail(c, "sendmsg", "tracer");
  close(pipes[0]);
  if (result == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    result = sj_fail(c, "socketpair", "");
  else if (result == 0) {
    struct sj_clone clone = {0, -1};
    pid_t pid = -1;
    c->tracer = sockets[0];
    if (setsockopt(sockets[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0)
      result = sj_fail(c, "setsockopt(SO_PASSCRED)", "");
    else if ((pid = sj_clone(&clone)) < 0)
      result = sj_fail(c, "clone", "tracer");
    if (pid == 0)
      trace_program(c, sockets[1], pipes[1]);
    if (clone.pidfd >= 0)
      close(clone.pidfd);
    close(sockets[1]);
    if (result == 0 && sj_raise(&c->tracer) != 0)
      result = sj_fail(c, "fcntl(F_DUPFD)", "tracer");
  }
  close(pipes[1]);
  if (result == 0)
    sj_done(c);
  return result;
}

/* Linux 3.4: Yama's exception for one that is no ancestor. */
static void allow_tracer(unsigned long who) {
  prctl(PR_SET_PTRACER, who, 0, 0, 0);
}

int sj_be_traced(struct sj_context *c) {
  int error = 0;
  if (c->tracer < 0)
    return 0;
  sj_at(c, SJ_IN_OBSERVER, 0, 1);
  /* Only for this: the memory may be the supervisor's, too, and nothing hostile runs yet. */
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
    return sj_fail(c, "prctl(PR_SET_DUMPABLE)", "");
  allow_tracer(PR_SET_PTRACER_ANY);
  if (write(c->tracer, "", 1) != 1)
    return sj_fail(c, "write", "tracer");
  ssize_t n;
  do
    n = read(c->tracer, &error, sizeof error);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof error) {
    errno = n < 0 ? errno : ESRCH;
    return sj_fail(c, "read", "tracer");
  }
  allow_tracer(0);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return sj_fail(c, "prctl(PR_SET_DUMPABLE)", "");
  errno = error;
  if (error != 0)
    return sj_fail(c, "ptrace(PTRACE_SEIZE)", "");
  sj_done(c);
  return 0;
}

void sj_release_tracer(struct sj_context *c) {
  if (c->tracer >= 0)
    close(c->tracer);
  c->tracer = -1;
}
