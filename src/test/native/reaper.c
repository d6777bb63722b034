/*
 * sandjar-reaper COMMAND ...: what engines have between themselves and a runtime. The reaper of what the command leaves: it runs it, prints
 * "command STATUS" when it has ended, and "child PID STATUS" of each process that ends then, until there is none left.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int number(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
  int status;
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return 64;
  pid_t command = fork();
  if (command == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  for (pid_t pid; (pid = wait(&status)) > 0; fflush(stdout)) {
    if (pid == command)
      printf("command %d\n", number(status));
    else
      printf("child %d %d\n", (int)pid, number(status));
  }
  return 0;
}
