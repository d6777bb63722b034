/* Children that nobody knows, found in the kernel's list. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../main/native/tree.h"
#include "check.h"

enum { MANY = 1500 };

static pid_t wanted;

static bool all(pid_t pid) {
  (void)pid;
  return true;
}

static bool all_but_wanted(pid_t pid) {
  return pid != wanted;
}

static pid_t child(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    pause();
    _exit(0);
  }
  return pid;
}

int main(void) {
  static pid_t children[MANY];
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(proc >= 0);
  if (sj_has_other_children(proc, all) < 0) {
    puts("SKIPPED: the kernel keeps no lists of children");
    return 0;
  }
  CHECK(sj_has_other_children(proc, all_but_wanted) == 0);
  /* More than one read takes. */
  for (unsigned i = 0; i < MANY; i++)
    children[i] = child();
  CHECK(sj_has_other_children(proc, all) == 0);
  CHECK(sj_has_other_children(proc, all_but_wanted) == 0);
  for (unsigned i = 0; i < MANY; i += 100) {
    wanted = children[i];
    CHECK(sj_has_other_children(proc, all_but_wanted) == 1);
  }
  wanted = children[MANY - 1];
  CHECK(sj_has_other_children(proc, all_but_wanted) == 1);
  /* One that is dead counts until it is reaped. */
  CHECK(kill(wanted, SIGKILL) == 0);
  siginfo_t info;
  CHECK(waitid(P_PID, (id_t)wanted, &info, WEXITED | WNOWAIT) == 0);
  CHECK(sj_has_other_children(proc, all_but_wanted) == 1);
  CHECK(waitpid(wanted, NULL, 0) == wanted);
  CHECK(sj_has_other_children(proc, all_but_wanted) == 0);
  for (unsigned i = 0; i + 1 < MANY; i++)
    CHECK(kill(children[i], SIGKILL) == 0 && waitpid(children[i], NULL, 0) == children[i]);
  return 0;
}
