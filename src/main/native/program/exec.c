#define _GNU_SOURCE
#include "program/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/setup.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "program/seccomp.h"
#include "program/tracer.h"
#include "setup/operations.h"

/* Linux 4.13; opens the other side without a path, which a hostile /dev/pts could not be trusted with. */
#define SJ_TIOCGPTPEER 0x5441

static int open_pty_master(struct sj_context *c) {
  static const char *const places[] = {"/dev/pts/ptmx", "/dev/ptmx"};
  for (unsigned i = 0; i < 2; i++) {
    int fd = sj_openat2(c->root, places[i], O_RDWR | O_NOCTTY | O_CLOEXEC, SJ_RESOLVE_IN_ROOT | SJ_RESOLVE_NO_MAGICLINKS);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
      fd = openat(c->root, places[i] + 1, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      continue;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2))
      return fd;
    close(fd);
    errno = ENOTTY;
  }
  return sj_fail(c, "open", "/dev/pts/ptmx");
}

static int open_pty(struct sj_context *c, int *master, int *slave) {
  int unlock = 0;
  struct winsize size = {.ws_row = c->start->rows, .ws_col = c->start->columns};
  *master = open_pty_master(c);
  if (*master < 0)
    return -1;
  if (ioctl(*master, TIOCSPTLCK, &unlock) != 0)
    return sj_fail(c, "ioctl(TIOCSPTLCK)", "");
  if (ioctl(*master, TIOCSWINSZ, &size) != 0)
    return sj_fail(c, "ioctl(TIOCSWINSZ)", "");
  *slave = ioctl(*master, SJ_TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*slave < 0)
    return sj_fail(c, "ioctl(TIOCGPTPEER)", "");
  /* The program's own user has to own its terminal, or it cannot open it again by name. */
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++)
    if (op[i].code == SJ_OP_CREDENTIALS && fchown(*slave, (uid_t)op[i].num[0], (gid_t)-1) != 0)
      return sj_fail(c, "fchown", "pty");
  return 0;
}

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

struct mission {
  struct sj_context *c;
  int slave;
  struct sj_processors processors;
};

/* May share the supervisor's memory: what changes here changes in a copy. */
static void payload(void *argument) {
  const struct mission *mission = argument;
  struct sj_context mine = *mission->c;
  struct sj_context *c = &mine;
  int slave = mission->slave;
  int past = 3;
  sigset_t none;
  sj_roam(&mission->processors);
  bool plain = c->start->flags & SJ_START_PLAIN;
  if (!plain && sj_be_observed(c) != 0)
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
  if (!plain && (sj_cgroup_enter(c) != 0 || sj_run_section(c, SJ_PROCESS) != 0))
    return;
  sj_at(c, SJ_IN_CHDIR, 0, 0);
  /* Before the directory is entered: no path may lead through a descriptor of ours. */
  if (sj_close_others(c->proc, past, &c->control, 1) != 0) {
    sj_fail(c, "close_range", "");
    return;
  }
  if (sj_change_directory(c) != 0)
    return;
  /* Where there is no pid namespace to take everything down with it, the program follows its supervisor. */
  if (!(c->plan->flags & SJ_PLAN_INIT) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    sj_fail(c, "prctl(PR_SET_PDEATHSIG)", "");
    return;
  }
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

static pid_t launch(struct sj_context *c, struct sj_payload *out, int slave) {
  sj_at(c, SJ_IN_FORK, 0, 0);
  /* Stopped until the child has executed or died: what it had to say is then in the trace. */
  static struct mission mission;
  mission.c = c;
  mission.slave = slave;
  sj_stay(&mission.processors);
  bool into = c->entry.into >= 0 && !(c->start->flags & SJ_START_PLAIN);
  pid_t pid = into ? sj_fork_into(c->entry.into, payload, &mission, &out->pidfd) : sj_vfork(payload, &mission, &out->pidfd);
  int error = errno;
  out->pid = pid;
  out->started = sj_now();
  sj_roam(&mission.processors);
  errno = error;
  if (pid < 0)
    return sj_fail(c, into ? "clone3(CLONE_INTO_CGROUP)" : "clone", "");
  return pid;
}

int sj_start_payload(struct sj_context *c, struct sj_payload *out) {
  int slave = -1;
  *out = (struct sj_payload){-1, -1, -1, 0};
  if (c->start->flags & SJ_START_PTY) {
    sj_at(c, SJ_IN_STDIO, 0, 1);
    if (open_pty(c, &out->master, &slave) != 0)
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
