#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What a guest may trace, and what it gains. sandjar-tracer MODE:
 *
 *   own        traces and reads a child of its own
 *   one PID    tries to trace and to read that process; prints a way and its error a line, 0 for success
 *   sweep      for each byte of standard input tries to trace all others, and prints how many there were and of how many it could
 *   stop       a child stopped by its tracer, who tells that and waits
 *   entry      changes the argument of a child's call before it is made
 *   meanwhile  the same while somebody decides on it, who writes a byte to standard input and waits for the line "tried"
 */

enum { SEIZE = 0x4206, INTERRUPT = 0x4207, HIGHEST = 600, FIRST = 50, SECOND = 51, BY_CALL = SIGTRAP | 0x80 };

static long trace(int request, pid_t pid, long data) {
  return ptrace(request, pid, NULL, (void *)data);
}

static void tell(const char *way, long result) {
  printf("%s %d\n", way, result >= 0 ? 0 : errno);
}

static int own(void) {
  static volatile char word = 1;
  int line[2];
  char byte, copy = 0, more = 3;
  if (pipe(line) != 0)
    return 1;
  pid_t pid = fork();
  if (pid == 0) {
    word = 2;
    (void)!write(line[1], "", 1);
    pause();
    _exit(0);
  }
  struct iovec here = {&copy, 1}, there = {(void *)&word, 1}, given = {&more, 1};
  if (read(line[0], &byte, 1) != 1)
    return 1;
  tell("seize", trace(SEIZE, pid, PTRACE_O_EXITKILL));
  tell("readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
  tell("writev", process_vm_writev(pid, &given, 1, &there, 1, 0));
  printf("word %d\n", copy);
  return 0;
}

static int one(pid_t pid) {
  char path[64], byte = 0;
  struct iovec here = {&byte, 1}, there = {&byte, 1};
  tell("seize", trace(SEIZE, pid, 0));
  tell("attach", trace(PTRACE_ATTACH, pid, 0));
  tell("readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
  tell("writev", process_vm_writev(pid, &here, 1, &there, 1, 0));
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  tell("mem", open(path, O_RDWR | O_CLOEXEC));
  return 0;
}

static int stop(void) {
  int status;
  pid_t pid = fork();
  if (pid == 0)
    for (;;)
      pause();
  if (trace(SEIZE, pid, 0) != 0 || trace(INTERRUPT, pid, 0) != 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
    return 1;
  puts("stopped");
  fflush(stdout);
  for (;;)
    pause();
}

/* Each time that a byte comes: tries to trace whoever is there, and lets go of them. */
static int sweep(void) {
  char byte;
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) == 1) {
    int caught = 0, seen = 0, status;
    for (pid_t pid = 2; pid < HIGHEST; pid++) {
      if (pid == getpid() || kill(pid, 0) != 0)
        continue;
      seen++;
      if (trace(SEIZE, pid, 0) != 0)
        continue;
      caught++;
      trace(INTERRUPT, pid, 0);
      if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
        trace(PTRACE_DETACH, pid, 0);
    }
    printf("seen %d caught %d\n", seen, caught);
    fflush(stdout);
  }
  return 0;
}

/* Whether its call is a dup3 to FIRST, which then goes to SECOND. */
static bool redirect(pid_t pid) {
  struct user_regs_struct r;
  struct iovec part = {&r, sizeof r};
  if (ptrace(PTRACE_GETREGSET, pid, (void *)1L /* NT_PRSTATUS */, &part) != 0)
    return false;
#if defined(__x86_64__)
  bool it = (long)r.orig_rax == SYS_dup3 && r.rsi == FIRST;
  r.rsi = SECOND;
#else
  bool it = (long)r.regs[8] == SYS_dup3 && r.regs[1] == FIRST;
  r.regs[1] = SECOND;
#endif
  return it && ptrace(PTRACE_SETREGSET, pid, (void *)1L, &part) == 0;
}

_Noreturn static void caller(int line) {
  char byte;
  if (read(line, &byte, 1) != 1)
    _exit(100);
  (void)syscall(SYS_dup3, 1, FIRST, 0);
  _exit((fcntl(FIRST, F_GETFD) >= 0 ? 1 : 0) | (fcntl(SECOND, F_GETFD) >= 0 ? 2 : 0));
}

static int change(bool meanwhile) {
  int line[2];
  char byte;
  if (pipe(line) != 0)
    return 1;
  pid_t pid = fork();
  if (pid == 0)
    caller(line[0]);
  if (trace(SEIZE, pid, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
    return 1;
  int go = meanwhile ? PTRACE_CONT : PTRACE_SYSCALL, status = 0, changed = 0;
  if (!meanwhile) {
    trace(INTERRUPT, pid, 0);
    if (waitpid(pid, &status, 0) != pid || trace(go, pid, 0) != 0)
      return 1;
  }
  (void)!write(line[1], "", 1);
  if (meanwhile) {
    if (read(0, &byte, 1) != 1)
      return 1;
    trace(INTERRUPT, pid, 0);
    puts("tried");
    fflush(stdout);
  }
  while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
    bool plain = status >> 16 == 0 && WSTOPSIG(status) != BY_CALL;
    if (!plain)
      changed += redirect(pid);
    if (trace(go, pid, plain ? WSTOPSIG(status) : 0) != 0)
      break;
  }
  printf("changed %d open %d\n", changed, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int number = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(mode, "own") == 0)
    return own();
  if (strcmp(mode, "one") == 0)
    return one(number);
  if (strcmp(mode, "sweep") == 0)
    return sweep();
  if (strcmp(mode, "stop") == 0)
    return stop();
  if (strcmp(mode, "entry") == 0 || strcmp(mode, "meanwhile") == 0)
    return change(strcmp(mode, "meanwhile") == 0);
  fprintf(stderr, "%s: what shall I do?\n", argv[0]);
  return 2;
}
