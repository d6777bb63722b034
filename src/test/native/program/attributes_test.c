/* What becomes of a process between fork and exec. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "program/attributes.h"

static int traceable(void) {
  return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

/* Of a user's own process, whose ids stay: the kernel takes nothing away then, and of other changes fs.suid_dumpable decides. */
static void test_a_process_that_has_its_ids_can_not_be_traced(void) {
  uid_t uid = getuid();
  gid_t gid = getgid();
  struct sj_context c = {.proc = -1};
  struct sj_op op = {.code = SJ_OP_CREDENTIALS, .num = {uid, gid}};
  CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 && traceable() == 1);
  CHECK(syscall(SYS_setresgid, gid, gid, gid) == 0 && syscall(SYS_setresuid, uid, uid, uid) == 0);
  CHECK(traceable() == 1); /* the control: the calls alone leave it so */
  CHECK(sj_do_credentials(&c, &op) == 0);
  CHECK(traceable() == 0);
}

int main(void) {
  pid_t child = fork();
  int status;
  CHECK(child >= 0);
  if (child == 0) {
    test_a_process_that_has_its_ids_can_not_be_traced();
    exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 0;
}
