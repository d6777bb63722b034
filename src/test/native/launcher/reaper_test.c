/* Orphans end also while starts are under way whose supervisors are yet to be named. */
#define _GNU_SOURCE
#include "launcher/reaper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "bystander.h"
#include "kernel/syscalls.h"
#include "launcher/sandboxes.h"

static struct sj_launcher launcher;

/* One whose outer helper has not said yet who its supervisor is. */
static struct sj_sandbox *start(uint64_t id) {
  const struct timespec tick = {0, 1000};
  struct sj_sandbox *b = sj_new_sandbox(id);
  CHECK(b != NULL && nanosleep(&tick, NULL) == 0);
  b->begun = sj_now();
  b->outer_helper = bystander();
  return b;
}

static void end(struct sj_sandbox *b) {
  CHECK(kill(b->outer_helper, SIGKILL) == 0 && waitpid(b->outer_helper, NULL, 0) == b->outer_helper);
  sj_remove_sandbox(b);
}

static void look(void) {
  launcher.orphans = true;
  sj_kill_orphans(&launcher);
}

static bool lives(pid_t pid) {
  siginfo_t info = {0};
  CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  return info.si_pid == 0;
}

int main(void) {
  launcher.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct sj_sandbox *first = start(1);
  pid_t orphan = bystander();
  look();
  look();
  CHECK(lives(orphan) && launcher.orphans); /* it could be the first one's */
  struct sj_sandbox *second = start(2);
  pid_t supervisor = bystander();
  look();
  CHECK(lives(orphan));
  end(first);
  look();
  CHECK(lives(supervisor) && launcher.orphans);
  int status;
  alarm(20);
  CHECK(waitpid(orphan, &status, 0) == orphan && WIFSIGNALED(status));
  alarm(0);
  second->supervisor = supervisor;
  look();
  CHECK(lives(supervisor) && lives(second->outer_helper) && !launcher.orphans);
  CHECK(kill(supervisor, SIGKILL) == 0 && waitpid(supervisor, NULL, 0) == supervisor);
  end(second);
  puts("reaper: ok");
  return 0;
}
