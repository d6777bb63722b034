/* A program does not begin where nobody is above it any more. */
#define _GNU_SOURCE
#include "program/exec.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct sj_plan plan;
static struct sj_context c;
static int launcher;

/* What it is told in a process of its own, which is a child of this one. */
static int follows(void) {
  int status;
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    int signal = 0;
    int result = sj_follow_supervisor(&c);
    CHECK(prctl(PR_GET_PDEATHSIG, &signal) == 0);
    _exit(result == 0 ? signal : 100);
  }
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  return WEXITSTATUS(status);
}

int main(void) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  launcher = pair[0];
  c.control = pair[1];
  c.plan = &plan;
  c.above = getpid();
  CHECK(follows() == SIGKILL);
  c.above = getppid(); /* as if that had been the supervisor, and this process had got its orphan */
  CHECK(follows() == 100);
  c.above = getpid();
  close(launcher);
  CHECK(follows() == 100);
  plan.flags = SJ_PLAN_INIT; /* the supervisor is pid 1: the kernel sees to it */
  CHECK(follows() == 0);
  puts("exec: ok");
  return 0;
}
