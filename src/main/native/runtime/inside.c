#define _GNU_SOURCE
#include "runtime/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "program/cgroup_join.h"
#include "program/exec.h"
#include "program/seccomp.h"
#include "program/terminal.h"
#include "protocol/encode.h"
#include "protocol/transport.h"
#include "runtime/home.h"
#include "runtime/hooks.h"
#include "runtime/status.h"
#include "setup/network.h"
#include "setup/operations.h"
#include "setup/resolve.h"
#include "setup/steps.h"

static const struct sj_container *of;
static int gate = -1;

void sj_inside_is_of(const struct sj_container *c) {
  of = c;
}

/* What the pid namespace of this process calls it. */
static char *state_json(enum sj_status status) {
  return sj_state_json(of, status, getpid(), false);
}

static int run_hooks(struct sj_context *c, enum sj_hook_point point, enum sj_status status, struct sj_context *confined) {
  char why[SJ_HOOK_WORDS];
  if (of->compiled.hooks[point].count == 0)
    return 0;
  char *json = state_json(status);
  int result = sj_run_hooks(&of->compiled, point, json, "", confined, false, why);
  free(json);
  errno = 0;
  return result == 0 ? 0 : sj_fail(c, "hook", why);
}

/* Who creates runs the hooks of the host; those of the container's namespaces are run here, where the host's files are still seen. */
static int pause_here(struct sj_context *c, const struct sj_op *op) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  uint8_t body[8];
  struct sj_message m;
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)op->num[0]);
  sj_put_u32(&w, 0);
  if (sj_send(c->control, SJ_PAUSED, c->id, body, w.length, NULL, 0) != 0)
    return -1;
  if (sj_receive(c->control, buffer, &m) != SJ_GOT_MESSAGE || m.head.type != SJ_RESUME)
    return -1;
  return run_hooks(c, SJ_CREATE_CONTAINER, SJ_CREATING, NULL);
}

/* ---------------------------------------------------------------- the steps of a set-up */

/* Until everything is there the container ends with who creates it, however that ends. */
static int follow_creator(struct sj_supervisor *s) {
  struct pollfd end = {s->c->control, 0, 0};
  prctl(PR_SET_NAME, "sandjar-oci", 0, 0, 0);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return sj_fail(s->c, "prctl(PR_SET_PDEATHSIG)", "");
  return poll(&end, 1, 0) == 0 ? 0 : -1;
}

static int begin_network(struct sj_supervisor *s) {
  return sj_begin_network(s->c);
}

static int enter_cgroups(struct sj_supervisor *s) {
  return sj_cgroup_wait(s->c) == 0 ? sj_cgroup_enter(s->c) : -1;
}

static int await_network(struct sj_supervisor *s) {
  return sj_end_network(s->c);
}

/* What unshare(CLONE_NEWTIME) has made is the children's; this process becomes the program itself. */
static int enter_clocks(struct sj_supervisor *s) {
  struct sj_context *c = s->c;
  const struct sj_op *op = c->plan->section[SJ_SETUP];
  for (uint32_t i = 0; i < c->plan->count[SJ_SETUP]; i++) {
    if (op[i].code != SJ_OP_TIME_OFFSETS)
      continue;
    sj_at(c, SJ_IN_SETUP, op[i].code, i);
    int fd = openat(c->proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    int result = fd < 0 ? -1 : setns(fd, SJ_CLONE_NEWTIME);
    int error = errno;
    if (fd >= 0)
      close(fd);
    errno = error;
    if (result != 0)
      return sj_fail(c, "setns(CLONE_NEWTIME)", "");
  }
  return 0;
}

/* Programs of other containers may be in its namespaces. */
static int hide(struct sj_supervisor *s) {
  bool hidden = sj_raise(&s->c->root) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  return hidden ? 0 : sj_fail(s->c, "prctl(PR_SET_DUMPABLE)", "");
}

static int (*const steps[])(struct sj_supervisor *) = {
    sj_keep_own_descriptors, begin_network, sj_enter_namespaces, follow_creator, sj_open_root, sj_run_outer_section,
    sj_await_id_maps,        enter_cgroups, sj_run_set_up_section, await_network, enter_clocks, hide,
};

/* ---------------------------------------------------------------- terminal */

/* By descriptors: what is at these paths is the image's. */
static int mount_console(struct sj_context *c, int slave) {
  bool made;
  int target = sj_resolve_or_create(c, "/dev/console", S_IFREG | 0666, true, &made);
  if (target < 0)
    return sj_fail(c, "create", "/dev/console");
  int tree = sj_open_tree(slave, "", SJ_OPEN_TREE_CLONE | SJ_OPEN_TREE_CLOEXEC | SJ_AT_EMPTY_PATH);
  int result = tree < 0 ? -1 : sj_move_mount(tree, "", target, "", SJ_MOVE_FROM_EMPTY | SJ_MOVE_TO_EMPTY);
  int error = errno;
  if (tree >= 0)
    close(tree);
  close(target);
  errno = error;
  return result == 0 ? 0 : sj_fail(c, "mount", "/dev/console");
}

/* As runc does it: a message with the descriptor, whose text nobody needs. */
static int hand_over(struct sj_context *c, int master) {
  char name[] = "/dev/pts/ptmx";
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec text = {name, sizeof name - 1};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  memset(&control, 0, sizeof control);
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(&control.head), &master, sizeof master);
  return sendmsg(c->further[1], &message, MSG_NOSIGNAL) > 0 ? 0 : sj_fail(c, "sendmsg", "console socket");
}

/* `slave` is its own side, -1 where none is asked for. */
static int open_terminal(struct sj_context *c, int *slave) {
  int master = -1;
  *slave = -1;
  if (!(c->start->flags & SJ_START_PTY))
    return 0;
  if (sj_open_terminal(c, &master, slave) != 0 || sj_raise(slave) != 0)
    return -1;
  if ((gate >= 0 && mount_console(c, *slave) != 0) || hand_over(c, master) != 0)
    return -1;
  close(master);
  close(c->further[1]);
  return 0;
}

static int lead_session(struct sj_context *c, int terminal) {
  if (setsid() < 0 && getpid() != getsid(0))
    return sj_fail(c, "setsid", "");
  return terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) == 0 ? 0 : sj_fail(c, "ioctl(TIOCSCTTY)", "");
}

/* ---------------------------------------------------------------- from the set-up to the program */

static void reset_signals(void) {
  sigset_t none;
  for (int sig = 1; sig <= SJ_SIGNAL_MAX; sig++)
    (void)signal(sig, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The first operation of PROCESS that belongs behind the gate: from the first filter on, which the waiting would have to pass. */
static uint32_t behind_gate(const struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  uint32_t i = 0;
  while (i < c->plan->count[SJ_PROCESS] && op[i].code != SJ_OP_SECCOMP)
    i++;
  return i;
}

static bool only_filters_from(const struct sj_context *c, uint32_t from) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = from; i < c->plan->count[SJ_PROCESS]; i++)
    if (op[i].code != SJ_OP_SECCOMP)
      return false;
  return true;
}

/* The last thing that needs descriptors of ours. Before the directory is entered: no path may lead through one of them. */
static int leave_descriptors(struct sj_context *c, int past) {
  const int keep[] = {c->control, gate};
  sj_at(c, SJ_IN_CHDIR, 0, 0);
  if (sj_close_others(c->proc, past, keep, 2) != 0)
    return sj_fail(c, "close_range", "");
  c->proc = -1;
  return sj_change_directory(c);
}

/* So that a program that can't be is known when the container is created. What the kernel thinks of it shows at its execve. */
static int look_for_program(struct sj_context *c) {
  const struct sj_start *s = c->start;
  char path[PATH_MAX];
  int error = ENOENT;
  struct stat st;
  sj_at(c, SJ_IN_EXEC, 0, 0);
  for (uint32_t i = 0; i < s->paths.count; i++) {
    const char *name = s->paths.items[i];
    if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : s->directory, name[0] == '/' ? "" : "/", name) >= (int)sizeof path)
      continue;
    if (stat(path, &st) != 0) {
      error = errno == ENOTDIR ? error : errno;
      continue;
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0)
      return 0;
    error = EACCES;
  }
  errno = error;
  return sj_fail(c, "execve", s->argv.items[0]);
}

/* Whoever connects without a word only looks. */
static int await_start(struct sj_context *c) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) != 0)
    return sj_fail(c, "prctl(PR_SET_PDEATHSIG)", "");
  if (sj_send(c->control, SJ_READY, c->id, NULL, 0, NULL, 0) != 0)
    return -1; /* who creates has ended */
  close(c->control);
  c->control = -1;
  while (c->control < 0) {
    int fd = accept4(gate, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
      return -1;
    if (fd < 0 || sj_raise(&fd) != 0)
      continue;
    if (sj_receive(fd, buffer, &m) == SJ_GOT_MESSAGE && m.head.type == SJ_RUN)
      c->control = fd;
    else
      close(fd);
  }
  close(gate);
  gate = -1;
  return 0;
}

static int run_behind_gate(struct sj_context *c, uint32_t from) {
  if (only_filters_from(c, from))
    return 0;
  if (sj_install_filters(c) != 0) {
    sj_pass_on(c);
    return -1;
  }
  return sj_run_operations(c, SJ_PROCESS, from, c->plan->count[SJ_PROCESS]);
}

/* Returns only when it has failed: -1 after that was said. */
static int become_program(struct sj_context *c) {
  uint32_t from = behind_gate(c);
  bool filters_last = only_filters_from(c, from);
  int past, slave;
  reset_signals();
  umask(022);
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (open_terminal(c, &slave) != 0 || lead_session(c, slave) != 0)
    return -1;
  if (sj_place_descriptors(c, slave, &past) != 0 || sj_run_operations(c, SJ_PROCESS, 0, from) != 0)
    return -1;
  if (filters_last && leave_descriptors(c, past) != 0)
    return -1;
  sj_give_home(c);
  if (look_for_program(c) != 0 || await_start(c) != 0)
    return -1;
  if (run_behind_gate(c, from) != 0 || (!filters_last && leave_descriptors(c, past) != 0))
    return -1;
  /* Confined as the program is; where the filters are not in force yet, each hook installs them. */
  if (run_hooks(c, SJ_START_CONTAINER, SJ_CREATED, filters_last ? c : NULL) != 0)
    return -1;
  sj_at(c, SJ_IN_EXEC, 0, 0);
  if (!filters_last || sj_install_filters(c) == 0)
    sj_execute(c);
  sj_pass_on(c);
  return -1;
}

/* The environment of who has called the command. */
static void forget_environment(void) {
  for (char **variable = environ; *variable != NULL; variable++)
    memset(*variable, 0, strlen(*variable));
  environ[0] = NULL;
}

/* A policy of the scheduler that the kernel gives to no child: it would be gone at the clone, or keep it from being made. */
static int keeps_scheduler(struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  struct {
    uint32_t size, policy;
    uint64_t flags;
  } attributes;
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++) {
    if (op[i].code != SJ_OP_SCHEDULER || op[i].blob_size < sizeof attributes)
      continue;
    memcpy(&attributes, op[i].blob, sizeof attributes);
    sj_at(c, SJ_PROCESS, op[i].code, i);
    errno = ENOTSUP;
    if (attributes.policy == 6 /* SCHED_DEADLINE */ || (attributes.flags & 1 /* SCHED_FLAG_RESET_ON_FORK */) != 0)
      return sj_fail(c, "sched_setattr", "a policy that ends at fork");
  }
  return 0;
}

int sj_prepare_further(struct sj_context *c) {
  uint32_t from = behind_gate(c);
  bool filters_last = only_filters_from(c, from);
  int past, slave;
  gate = -1;
  c->execed = true;
  if (keeps_scheduler(c) != 0)
    return -1;
  c->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (c->root < 0 || sj_raise(&c->root) != 0)
    return sj_fail(c, "open", "/");
  reset_signals();
  umask(022);
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (open_terminal(c, &slave) != 0 || sj_place_descriptors(c, slave, &past) != 0 || sj_run_operations(c, SJ_PROCESS, 0, from) != 0)
    return -1;
  if (filters_last && leave_descriptors(c, past) != 0)
    return -1;
  sj_give_home(c);
  if (look_for_program(c) != 0)
    return -1;
  forget_environment();
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) /* other credentials have set it anew */
    return sj_fail(c, "prctl(PR_SET_DUMPABLE)", "");
  return run_behind_gate(c, from) == 0 && (filters_last || leave_descriptors(c, past) == 0) ? 0 : -1;
}

void sj_be_further(struct sj_context *c) {
  sj_at(c, SJ_IN_STDIO, 0, 0);
  if (lead_session(c, c->start->flags & SJ_START_PTY ? 0 : -1) == 0) {
    sj_at(c, SJ_IN_EXEC, 0, 0);
    if (!only_filters_from(c, behind_gate(c)) || sj_install_filters(c) == 0)
      sj_execute(c);
    sj_pass_on(c);
  }
  _exit(127);
}

void sj_be_inside(struct sj_context *c, int sync) {
  static struct sj_supervisor s;
  s = (struct sj_supervisor){.c = c, .main = {.pid = -1}, .sync = sync, .signals = -1};
  c->supervisor = &s;
  c->pause = pause_here;
  gate = c->further[0];
  for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (steps[i](&s) != 0)
      _exit(1);
  (void)become_program(c);
  _exit(127);
}
