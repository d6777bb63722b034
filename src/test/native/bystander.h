/* A process that does nothing. */
#ifndef SJ_BYSTANDER_H
#define SJ_BYSTANDER_H

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "check.h"

/* Lives until it is killed, or the test ends. */
static inline pid_t bystander(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0)
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* also of a test that fails */
  while (pid == 0)
    pause();
  return pid;
}

#endif
