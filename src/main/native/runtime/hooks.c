#define _GNU_SOURCE
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "program/seccomp.h"
#include "runtime/log.h"

static const char *const names[SJ_HOOK_POINTS] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};
static const uint64_t SECOND = 1000000000u;

enum { SAID_MAX = 200 };

/* What a hook prints is read to its end, so that it does not wait, and the beginning is kept. */
struct said {
  char text[SAID_MAX];
  size_t length;
};

static int input(const char *state) {
  size_t n = strlen(state);
  int fd = (int)syscall(SYS_memfd_create, "state", 1 /* MFD_CLOEXEC */);
  if (fd >= 0 && (write(fd, state, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)) {
    close(fd);
    fd = -1;
  }
  return fd;
}

_Noreturn static void become(const struct sj_hook *hook, int in, int out, const char *where, struct sj_context *confined) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  (void)setpgid(0, 0);
  if (dup2(in, 0) != 0 || dup2(out, 1) != 1 || dup2(out, 2) != 2 || (where[0] != 0 && chdir(where) != 0))
    _exit(126);
  if (confined == NULL ? sj_close_range(3, ~0u, 0) != 0 && errno != ENOSYS : sj_install_filters(confined) != 0)
    _exit(126); /* every descriptor of ours closes with the execve, whatever */
  execve(hook->path, (char **)(uintptr_t)hook->arguments.items, (char **)(uintptr_t)hook->environment.items);
  dprintf(2, "%s: %s", hook->path, sj_reason(errno));
  _exit(127);
}

/* False at the end of what is printed. */
static bool take(int fd, struct said *said) {
  char more[1024];
  ssize_t n = read(fd, more, sizeof more);
  size_t room = SAID_MAX - 1 - said->length;
  if (n <= 0)
    return n < 0 && errno == EAGAIN;
  if (room > 0) {
    size_t kept = (size_t)n < room ? (size_t)n : room;
    memcpy(said->text + said->length, more, kept);
    said->length += kept;
  }
  return true;
}

/* Until the hook has ended, or its time is over; what it has left running may hold its output. False for the latter. */
static bool await(int process, int out, uint64_t timeout, struct said *said) {
  uint64_t end = timeout == 0 ? 0 : sj_now() + timeout * SECOND;
  struct pollfd wait[2] = {{out, POLLIN, 0}, {process, POLLIN, 0}};
  for (;;) {
    uint64_t now = sj_now();
    if (end != 0 && now >= end)
      return false;
    int ms = end == 0 ? -1 : (end - now) / 1000000 > 1000000 ? 1000000 : (int)((end - now) / 1000000) + 1;
    if (poll(wait, 2, ms) < 0 && errno != EINTR)
      return true;
    if (wait[0].revents != 0 && !take(out, said))
      wait[0].fd = -1;
    if (wait[1].revents != 0) {
      while (wait[0].fd >= 0 && poll(wait, 1, 0) > 0 && take(out, said))
        ;
      return true;
    }
    if (wait[0].fd < 0 && process < 0)
      return true; /* where a filter denies pidfds, this is all there is to be seen */
  }
}

static int run(const struct sj_hook *hook, const char *state, const char *where, struct sj_context *confined, char *why, size_t size) {
  struct said said = {"", 0};
  int pipe[2] = {-1, -1}, status = -1, in = input(state);
  if (in < 0 || pipe2(pipe, O_CLOEXEC) != 0) {
    snprintf(why, size, "%s", sj_reason(errno));
    if (in >= 0)
      close(in);
    return -1;
  }
  pid_t pid = fork();
  if (pid == 0)
    become(hook, in, pipe[1], where, confined);
  close(in);
  close(pipe[1]);
  int process = pid < 0 ? -1 : sj_pidfd_open(pid);
  (void)fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  bool in_time = pid < 0 || await(process, pipe[0], hook->timeout, &said);
  if (!in_time && kill(-pid, SIGKILL) != 0)
    (void)kill(pid, SIGKILL); /* it has not made its group yet */
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  close(pipe[0]);
  if (process >= 0)
    close(process);
  said.text[said.length] = 0;
  if (pid > 0 && in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return 0;
  if (pid < 0)
    snprintf(why, size, "fork: %s", sj_reason(errno));
  else if (!in_time)
    snprintf(why, size, "it has not ended after %llu s", (unsigned long long)hook->timeout);
  else
    snprintf(why, size, "%s %d, output: %s", WIFEXITED(status) ? "exit status" : "signal",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said.text);
  return -1;
}

int sj_run_hooks(const struct sj_compiled *of, enum sj_hook_point point, const char *state, const char *where, struct sj_context *confined,
                 bool all, char why[SJ_HOOK_WORDS]) {
  const struct sj_hooks *hooks = &of->hooks[point];
  char reason[SAID_MAX + 80];
  int result = 0;
  for (uint32_t i = 0; i < hooks->count && (result == 0 || all); i++) {
    if (run(&hooks->all[i], state, where, confined, reason, sizeof reason) == 0)
      continue;
    snprintf(why, SJ_HOOK_WORDS, "error running %s hook #%u: %s", names[point], i, reason);
    if (all)
      sj_warn("%s", why);
    result = -1;
  }
  return result;
}
