#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clone.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/compile.h"
#include "runtime/engine.h"
#include "runtime/inside.h"
#include "runtime/log.h"
#include "runtime/status.h"
#include "setup/operations.h"

/* Those that differ: the kernel lets nobody join the user namespace that it is in. */
static int different_namespaces(const struct sj_context *c, pid_t pid) {
  static const struct {
    const char *file;
    unsigned flag;
  } kinds[] = {{"user", SJ_CLONE_NEWUSER}, {"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS},
               {"net", CLONE_NEWNET},      {"pid", SJ_CLONE_NEWPID},    {"mnt", SJ_CLONE_NEWNS}, {"time", SJ_CLONE_NEWTIME}};
  unsigned flags = 0;
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    char ours[32], theirs[48];
    struct stat a, b;
    snprintf(ours, sizeof ours, "self/ns/%s", kinds[i].file);
    snprintf(theirs, sizeof theirs, "%d/ns/%s", (int)pid, kinds[i].file);
    if (fstatat(c->proc, ours, &a, 0) == 0 && fstatat(c->proc, theirs, &b, 0) == 0 && (a.st_ino != b.st_ino || a.st_dev != b.st_dev))
      flags |= kinds[i].flag;
  }
  return (int)flags;
}

/* Enters the container, by its process and not by its number, and makes the program's process there as a sibling. */
_Noreturn static void enter(struct sj_context *c, const struct sj_container *of, int process) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  int flags = different_namespaces(c, of->state.pid);
  close(c->launcher_end); /* or who holds the other end never learns that the command was killed */
  sj_at(c, SJ_IN_CLONE, 0, 0);
  /* Before anybody inside can see it: it has descriptors of ours. */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    (void)sj_fail(c, "prctl(PR_SET_DUMPABLE)", "");
    _exit(1);
  }
  if (sj_cgroups_enter(of) != 0) {
    (void)sj_fail(c, "write", "cgroup.procs");
    _exit(1);
  }
  if (!sj_is_alive(of) || (flags != 0 && setns(process, flags) != 0)) {
    (void)sj_fail(c, "setns", "the container's namespaces");
    _exit(1);
  }
  if (sj_prepare_further(c) != 0) {
    sj_pass_on(c);
    _exit(1);
  }
  struct sj_clone clone = {SJ_CLONE_PARENT, -1};
  pid_t pid = sj_clone(&clone);
  if (pid == 0)
    sj_be_further(c);
  if (pid < 0)
    (void)sj_fail(c, "clone", "");
  sj_put_u32(&w, (uint32_t)pid);
  _exit(pid > 0 && sj_send(c->control, SJ_SUPERVISOR_PID, 0, body, w.length, NULL, 0) == 0 ? 0 : 1);
}

static int prepare(struct sj_context *x, const struct sj_compiled *of, const struct sj_command *o) {
  int pair[2];
  unsigned standard = of->flags & SJ_COMPILED_TERMINAL ? 0 : 3;
  memset(x, 0, sizeof *x);
  if (of->start.nfds != standard + o->preserved)
    return sj_error("the plan is for other descriptors");
  x->plan = &of->plan;
  x->start = &of->start;
  for (uint32_t i = 0; i < of->start.nfds; i++)
    x->fds[i] = (int)of->start.targets[i];
  x->network = x->network_owner = x->root = x->sysctl = x->relay = x->tracer = -1;
  x->run_section = sj_run_section;
  x->received = sj_now();
  x->further[0] = -1;
  x->further[1] = sj_connect_console(of, o->console_socket);
  if (x->further[1] == -1)
    return -1;
  x->proc = sj_open_proc();
  if (x->proc < 0 || sj_new_trace(x) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 || sj_raise(&pair[1]) != 0)
    return sj_error("prepare the process: %s", sj_reason(errno));
  x->launcher_end = pair[0];
  x->control = pair[1];
  return 0;
}

/* Until the program executes, which closes its end. Its number, or -1 after sj_error. */
static pid_t await_program(struct sj_context *x, const struct sj_compiled *of, pid_t helper) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_container c = {.has_compiled = true, .compiled = *of};
  struct sj_message m;
  struct sj_reader r;
  pid_t pid = -1;
  for (;;) {
    enum sj_received got = sj_receive(x->launcher_end, buffer, &m);
    if (got == SJ_GOT_END)
      return pid > 0 ? pid : sj_error("exec failed: the process has ended before it was there");
    if (got != SJ_GOT_MESSAGE)
      return sj_error("exec failed: %s", sj_reason(errno));
    if (m.head.type == SJ_FAILED) {
      sj_say_failure(&c, "exec failed", &m);
      return -1;
    }
#ifdef SJ_FAULT_INJECT
    if (m.head.type == SJ_FAULT_MESSAGE)
      sj_fault_now(pid);
#endif
    sj_reader_init(&r, m.body, m.head.length);
    if (m.head.type == SJ_SUPERVISOR_PID) {
      pid_t said = (pid_t)sj_u32(&r);
      /* Who has taken over the process inside can send this too: the engine is told of no other process. */
      if (sj_is_child(said, helper))
        pid = said;
    }
    sj_free_message(&m);
    sj_fault_launcher(pid);
  }
}

static int await_end(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sj_exec(const struct sj_command *o) {
  static struct sj_context x;
  static struct sj_compiled program;
  struct sj_container c;
  struct sj_further what = {o->process, o->words, o->directory == NULL ? "" : o->directory, o->user == NULL ? "" : o->user, o->variables, o->terminal};
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0)
    return 255;
  enum sj_status status = sj_container_status(&c);
  if (status == SJ_STOPPED || status == SJ_CREATING)
    return sj_error("cannot exec a container that has stopped"), 255;
  if (status == SJ_PAUSED_STATUS)
    return sj_error("cannot exec in a paused container"), 255;
  if (o->process == NULL && (o->words == NULL || o->words[0] == NULL))
    return sj_error("exec: the process is named neither by --process nor by its words"), 255;
  if (sj_compile_further(&c, &what, o->preserved, &program) != 0 || prepare(&x, &program, o) != 0)
    return 255;
  sj_fault_launcher(-1);
  int process = sj_container_pidfd(&c);
  if (process < 0)
    return sj_error("cannot exec a container that has stopped"), 255;
  (void)signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody learns how a child has ended */
  struct sj_clone clone = {0, -1};
  pid_t helper = sj_clone(&clone);
  if (helper == 0)
    enter(&x, &c, process);
  close(x.control);
  sj_fault_launcher(helper);
  pid_t pid = helper < 0 ? sj_error("clone: %s", sj_reason(errno)) : await_program(&x, &program, helper);
  if (helper > 0)
    (void)await_end(helper);
  if (pid < 0)
    return 255;
  sj_fault_launcher(pid);
  if (o->pid_file != NULL && sj_write_pid_file(o->pid_file, pid) != 0) {
    (void)kill(pid, SIGKILL);
    return 255;
  }
  sj_fault_launcher(pid);
  return o->detach ? 0 : await_end(pid);
}
