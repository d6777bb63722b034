/* Children that nobody knows, found in the kernel's list. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kernel/process_tree.h"

enum { MANY = 1500 };

static pid_t wanted;

static bool all(pid_t pid, pid_t parent) {
  CHECK(pid > 0 && parent == getpid());
  return true;
}

static bool all_but_wanted(pid_t pid, pid_t parent) {
  (void)parent;
  return pid != wanted;
}

static pid_t child(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* also of a test that fails */
    pause();
    _exit(0);
  }
  return pid;
}

/* ---------------------------------------------------------------- a number that becomes another's */

static int to_parent, from_parent;
static pid_t victim, stranger, pending_start;

/* Becomes a parent that ends and buries its child when it is told to. */
_Noreturn static void parent_of_victim(int orders, int answers) {
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  pid_t own = child();
  CHECK(write(answers, &own, sizeof own) == (ssize_t)sizeof own);
  CHECK(read(orders, &byte, 1) == 1);
  CHECK(kill(own, SIGKILL) == 0 && waitpid(own, NULL, 0) == own);
  CHECK(write(answers, &own, sizeof own) == (ssize_t)sizeof own);
  pause();
  _exit(0);
}

/* The next process gets the number `pid`, if nobody else takes it, and this is allowed. */
static pid_t child_with(pid_t pid) {
  for (int i = 0; i < 50; i++) {
    char text[16];
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    int n = snprintf(text, sizeof text, "%d", (int)pid - 1);
    bool asked = fd >= 0 && write(fd, text, (size_t)n) == n;
    if (fd >= 0)
      close(fd);
    if (!asked)
      return -1;
    pid_t made = child();
    if (made == pid)
      return made;
    CHECK(kill(made, SIGKILL) == 0 && waitpid(made, NULL, 0) == made);
  }
  return -1;
}

/* Between the look at all processes and the kill. */
static bool swap(pid_t pid, pid_t parent) {
  (void)parent;
  if (pid == victim && pending_start == 0) {
    pid_t gone;
    CHECK(write(to_parent, "", 1) == 1);
    CHECK(read(from_parent, &gone, sizeof gone) == (ssize_t)sizeof gone && gone == victim);
    pending_start = child_with(victim);
  }
  return false;
}

static void kills_nobody_else(int proc) {
  int orders[2], answers[2];
  CHECK(pipe(orders) == 0 && pipe(answers) == 0);
  pid_t top = fork();
  CHECK(top >= 0);
  if (top == 0)
    parent_of_victim(orders[0], answers[1]);
  to_parent = orders[1];
  from_parent = answers[0];
  CHECK(read(from_parent, &victim, sizeof victim) == (ssize_t)sizeof victim);
  stranger = child();
  int killed = sj_kill_descendants(proc, top, swap);
  if (pending_start <= 0) {
    puts("SKIPPED: who has a number that was another's is not killed: this process can't choose numbers (ns_last_pid)");
  } else {
    CHECK(killed == 0);
    CHECK(waitpid(pending_start, NULL, WNOHANG) == 0);
    CHECK(kill(pending_start, SIGKILL) == 0 && waitpid(pending_start, NULL, 0) == pending_start);
  }
  CHECK(waitpid(stranger, NULL, WNOHANG) == 0);
  CHECK(kill(stranger, SIGKILL) == 0 && waitpid(stranger, NULL, 0) == stranger);
  CHECK(kill(top, SIGKILL) == 0 && waitpid(top, NULL, 0) == top);
}

static void kills_descendants(int proc) {
  int answers[2], orders[2];
  CHECK(pipe(orders) == 0 && pipe(answers) == 0);
  pid_t top = fork();
  CHECK(top >= 0);
  if (top == 0)
    parent_of_victim(orders[0], answers[1]);
  CHECK(read(answers[0], &victim, sizeof victim) == (ssize_t)sizeof victim);
  CHECK(sj_kill_descendants(proc, top, NULL) == 1);
  CHECK(kill(top, SIGKILL) == 0 && waitpid(top, NULL, 0) == top);
}

int main(void) {
  static pid_t children[MANY];
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(proc >= 0);
  kills_descendants(proc);
  kills_nobody_else(proc);
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
