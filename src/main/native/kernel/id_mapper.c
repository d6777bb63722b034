#define _GNU_SOURCE
#include "kernel/id_mapper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void become_helper(const char **argv, int said) {
  char *empty[] = {NULL};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (dup2(said, 2) == 2)
    execve(argv[0], (char **)(uintptr_t)argv, empty);
  _exit(127);
}

/* One line of it at most: what follows is read, so that the writer ends, and dropped. */
static void read_said(int fd, char *said, size_t size) {
  char rest[256];
  size_t n = 0;
  ssize_t got;
  while ((got = n + 1 < size ? read(fd, said + n, size - 1 - n) : read(fd, rest, sizeof rest)) != 0) {
    if (got < 0 && errno != EINTR)
      break;
    if (got > 0 && n + 1 < size)
      n += (size_t)got;
  }
  said[n] = 0;
  said[strcspn(said, "\n")] = 0;
}

int sj_run_mapper(const char *program, const char *const *arguments, uint32_t count, pid_t pid, char *said, size_t size) {
  char number[16];
  int pipe[2], status = -1;
  snprintf(number, sizeof number, "%d", (int)pid);
  said[0] = 0;
  const char **argv = calloc((size_t)count + 3, sizeof *argv);
  if (argv == NULL)
    return -1;
  argv[0] = program;
  argv[1] = number;
  memcpy(argv + 2, arguments, count * sizeof *argv);
  if (pipe2(pipe, O_CLOEXEC) == 0) {
    pid_t child = fork();
    if (child == 0)
      become_helper(argv, pipe[1]);
    close(pipe[1]);
    if (child > 0) {
      read_said(pipe[0], said, size);
      while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    }
    close(pipe[0]);
  }
  free(argv);
  return status;
}
