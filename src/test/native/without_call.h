/* An older kernel, or a container whose filter does not know newer calls: from here on one system call answers ENOSYS. */
#ifndef SJ_WITHOUT_CALL_H
#define SJ_WITHOUT_CALL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void refuse_call(unsigned number, unsigned error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static inline void without_call(unsigned number) {
  refuse_call(number, ENOSYS);
}

/* Runs a test in a process of its own, so that the filter stays there. */
static void in_child(void (*test)(void), unsigned missing) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    if (missing != 0)
      without_call(missing);
    test();
    exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
