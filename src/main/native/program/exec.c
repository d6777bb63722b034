#define _GNU_SOURCE
#include "program/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "program/cgroup_join.h"
#include "program/seccomp.h"
#include "program/terminal.h"
#include "program/tracer.h"

int sj_place_descriptors(struct sj_context *c, int slave, int *past) {
  const struct sj_start *s = c->start;
  int highest = s->nfds > 0 && s->targets[s->nfds - 1] > 2 ? (int)s->targets[s->nfds - 1] : 2;
  bool given[2 * SJ_FDS_MAX + 3] = {false};
  for (uint32_t i = 0; i < s->nfds; i++)
    if (c->fds[i] <= highest && sj_raise(&c->fds[i]) != 0)
      return sj_fail(c, "fcntl(F_DUPFD)", "");
  if (slave >= 0 && slave <= highest && sj_raise(&slave) != 0)
    return sj_fail(c, "fcntl(F_DUPFD)", "");
  for (uint32_t i = 0; i < s->nfds; i++) {
    if (dup2(c->fds[i], (int)s->targets[i]) < 0)
      return sj_fail(c, "dup2", "");
    given[s->targets[i]] = true;
  }
  for (int n = 0; n <= highest; n++) {
    if (given[n])
      continue;
    if (n < 3 && slave >= 0) {
      if (dup2(slave, n) < 0)
        return sj_fail(c, "dup2", "");
    } else {
      close(n);
    }
  }
  *past = highest + 1;
  return 0;
}

/*
 * The length of the first part of an absolute path that names a directory which may not be searched, in the upper half of a detail; 0 if
 * all may be. With `whole` the last name is a directory too.
 */
static uint64_t closed_part(const char *path, bool whole) {
  char part[4096];
  struct stat st;
  size_t n = strlen(path), i = 1;
  int error = errno;
  uint64_t found = 0;
  if (path[0] != '/' || n + 3 > sizeof part)
    return 0;
  while (found == 0 && i <= n) {
    if (i == 1 || path[i] == '/' || (whole && path[i] == 0)) {
      memcpy(part, path, i);
      strcpy(part + i, "/.");
      if (stat(part, &st) != 0 && errno == EACCES)
        found = (uint64_t)i << 32;
    }
    i++;
  }
  errno = error;
  return found;
}

int sj_change_directory(struct sj_context *c) {
  const char *directory = c->start->directory;
  char real[4096];
  if (directory[0] == 0)
    return 0;
  if (chdir(directory) != 0)
    return sj_fail_detail(c, "chdir", directory, errno == EACCES ? closed_part(directory, true) : 0);
  if (getcwd(real, sizeof real) == NULL || real[0] != '/') {
    errno = errno == 0 || real[0] != '/' ? ENOENT : errno;
    return sj_fail(c, "getcwd", directory);
  }
  return 0;
}

int sj_execute(struct sj_context *c) {
  const struct sj_start *s = c->start;
  uint32_t worst = 0;
  int error = ENOENT;
  for (uint32_t i = 0; i < s->paths.count; i++) {
    execve(s->paths.items[i], (char **)(uintptr_t)s->argv.items, (char **)(uintptr_t)s->environment.items);
    if (errno == ENOENT || errno == ENOTDIR)
      continue;
    /* As execvp: what may not be executed is remembered while the search goes on; anything else ends it. */
    worst = i;
    error = errno;
    if (errno != EACCES)
      break;
  }
  struct stat st;
  c->index = worst;
  errno = error;
  sj_fail_later(c, "execve", s->paths.items[worst], 0);
  /* Last, because a filter may end us for it. */
  if (stat(s->paths.items[worst], &st) == 0)
    c->trace->last_words.detail = st.st_mode;
  else if (error == EACCES)
    c->trace->last_words.detail = closed_part(s->paths.items[worst], false);
  return -1;
}

int sj_follow_supervisor(struct sj_context *c) {
  struct pollfd launcher = {c->control, 0, 0};
  if (c->plan->flags & SJ_PLAN_INIT)
    return 0;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return sj_fail(c, "prctl(PR_SET_PDEATHSIG)", "");
  /* The signal comes only for deaths from now on. After an earlier one the launcher would end us, if it is not gone, too. */
  pid_t parent = getppid();
  return poll(&launcher, 1, 0) == 0 && (parent == c->above || parent == 0) ? 0 : -1;
}

struct exec_arguments {
  struct sj_context *c;
  int slave;
  struct sj_processors processors;
};

/* May share the supervisor's memory: what changes here changes in a copy. */
static void run_program(void *argument) {
  const struct exec_arguments *arguments = argument;
  struct sj_context mine = *arguments->c;
  struct sj_context *c = &mine;
  int slave = arguments->slave;
  int past = 3;
  sigset_t none;
  sj_restore_affinity(&arguments->processors);
  bool plain = c->start->flags & SJ_START_PLAIN;
  if (!plain && sj_be_traced(c) != 0)
    return;
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (setsid() < 0) {
    sj_fail(c, "setsid", "");
    return;
  }
  if (slave >= 0 && ioctl(slave, TIOCSCTTY, 0) != 0) {
    sj_fail(c, "ioctl(TIOCSCTTY)", "");
    return;
  }
  if (sj_place_descriptors(c, slave, &past) != 0)
    return;
  sj_done(c);
  if (!plain && (sj_cgroup_enter(c) != 0 || c->run_section(c, SJ_PROCESS) != 0))
    return;
  sj_at(c, SJ_IN_CHDIR, 0, 0);
  /* Before the directory is entered: no path may lead through a descriptor of ours. */
  if (sj_close_others(c->proc, past, &c->control, 1) != 0) {
    sj_fail(c, "close_range", "");
    return;
  }
  if (sj_change_directory(c) != 0)
    return;
  if (sj_follow_supervisor(c) != 0)
    return;
  sj_done(c);
  sj_at(c, SJ_IN_EXEC, 0, 0);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (!plain && sj_install_filters(c) != 0)
    return;
  sj_at(c, SJ_IN_EXEC, 0, 0);
  if (c->start->flags & SJ_START_PROBE) {
    c->trace->ready = 1;
    sj_leave(0);
  }
  sj_execute(c);
}

static pid_t launch(struct sj_context *c, struct sj_program *out, int slave) {
  sj_at(c, SJ_IN_FORK, 0, 0);
  /* Stopped until the child has executed or died: what it had to say is then in the trace. */
  static struct exec_arguments arguments;
  arguments.c = c;
  arguments.slave = slave;
  c->above = getpid();
  sj_pin(&arguments.processors);
  bool into = c->entry.into >= 0 && !(c->start->flags & SJ_START_PLAIN);
  pid_t pid = into ? sj_fork_into(c->entry.into, run_program, &arguments, &out->pidfd) : sj_vfork(run_program, &arguments, &out->pidfd);
  int error = errno;
  out->pid = pid;
  out->started = sj_now();
  sj_restore_affinity(&arguments.processors);
  errno = error;
  if (pid < 0)
    return sj_fail(c, into ? "clone3(CLONE_INTO_CGROUP)" : "clone", "");
  return pid;
}

int sj_start_program(struct sj_context *c, struct sj_program *out) {
  int slave = -1;
  *out = (struct sj_program){-1, -1, -1, 0};
  if (c->start->flags & SJ_START_PTY) {
    sj_at(c, SJ_IN_STDIO, 0, 1);
    if (sj_open_terminal(c, &out->master, &slave) != 0)
      goto failed;
    sj_done(c);
  }
  if (launch(c, out, slave) < 0)
    goto failed;
  if (slave >= 0)
    close(slave);
  slave = -1;
  sj_pass_on(c);
  if (c->trace->failed) {
    while (waitpid(out->pid, NULL, 0) < 0 && errno == EINTR)
      ;
    goto failed;
  }
  sj_at(c, SJ_IN_EXEC, 0, 0);
  sj_done(c);
  return 0;
failed:
  if (slave >= 0)
    close(slave);
  if (out->master >= 0)
    close(out->master);
  if (out->pidfd >= 0)
    close(out->pidfd);
  out->master = out->pidfd = -1;
  return -1;
}
