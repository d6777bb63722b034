#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/setup.h"
#include "kernel/fault.h"
#include "kernel/fds.h"
#include "kernel/syscalls.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/compile.h"
#include "runtime/engine.h"
#include "runtime/fresh.h"
#include "runtime/hooks.h"
#include "runtime/inside.h"
#include "runtime/log.h"
#include "runtime/status.h"
#include "setup/operations.h"
#include "setup/spawn.h"

/* What is under way while a container is made. */
struct making {
  struct sj_container *container;
  struct sj_context context;
  struct sj_cgroup cgroup;
  int plan_fds[SJ_FDS_MAX];
  pid_t pid;    /* the container's process, -1 before */
  pid_t helper; /* the outer helper, -1 without */
  bool hooks_ran;
};

static int open_descriptors(struct making *k) {
  const struct sj_strv *paths = &k->container->compiled.descriptors;
  for (uint32_t i = 0; i < paths->count; i++) {
    k->plan_fds[i] = open(paths->items[i], O_RDONLY | O_CLOEXEC);
    if (k->plan_fds[i] < 0)
      return sj_error("open %s: %s", paths->items[i], sj_reason(errno));
  }
  return 0;
}

static int prepare(struct making *k, const struct sj_command *o) {
  struct sj_context *x = &k->context;
  const struct sj_compiled *of = &k->container->compiled;
  int pair[2];
  unsigned standard = of->flags & SJ_COMPILED_TERMINAL ? 0 : 3;
  if (of->start.nfds != standard + o->preserved || ((of->start.flags & SJ_START_PTY) == 0) != (standard != 0))
    return sj_error("the plan is for other descriptors");
  if (open_descriptors(k) != 0)
    return -1;
  x->plan = &of->plan;
  x->start = &of->start;
  x->plan_fds = k->plan_fds;
  x->nplan_fds = of->descriptors.count;
  for (uint32_t i = 0; i < of->start.nfds; i++)
    x->fds[i] = (int)of->start.targets[i];
  x->network = x->network_owner = x->root = x->sysctl = x->relay = x->tracer = -1;
  x->run_section = sj_run_section;
  x->inside = sj_be_inside;
  x->received = sj_now();
  for (unsigned i = 0; i < SJ_SLOTS_MAX; i++)
    x->slots[i] = -1;
  x->further[0] = sj_gate_listen(k->container);
  x->nfurther = 1;
  x->proc = sj_open_proc();
  if (x->further[0] < 0 || sj_raise(&x->further[0]) != 0 || x->proc < 0 || sj_new_trace(x) != 0)
    return sj_error("prepare the container's process: %s", sj_reason(errno));
  int console = sj_connect_console(of, o->console_socket);
  if (console == -1)
    return -1;
  if (console >= 0)
    x->further[x->nfurther++] = console;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return sj_error("socketpair: %s", sj_reason(errno));
  x->launcher_end = pair[0];
  x->control = pair[1];
  return 0;
}

/* Before the clone: however this ends, whatever is there can be found and ended. */
static int make_cgroups(struct making *k) {
  struct sj_message m;
  static uint8_t buffer[SJ_BUFFER_SIZE];
  k->cgroup.supervisor = &k->pid;
  if (sj_cgroups_make(&k->cgroup, k->container) != 0)
    return -1;
  if (k->container->compiled.plan.count[SJ_CGROUP] == 0 || sj_cgroup_make(&k->cgroup, &k->context) == 0)
    return 0;
  if (sj_receive(k->context.launcher_end, buffer, &m) == SJ_GOT_MESSAGE && m.head.type == SJ_FAILED)
    sj_say_failure(k->container, "unable to apply cgroup configuration", &m);
  return -1;
}

/* Only if that is what it still is. */
static int record(struct making *k, pid_t pid) {
  struct sj_container *c = k->container;
  char state;
  k->pid = pid;
  c->state = (struct sj_state){.pid = pid, .at = (uint64_t)time(NULL), .owner = geteuid()};
  sj_boot_id(c->state.boot);
  if (sj_process_began(pid, &c->state.began, &state) != 0)
    return sj_error("the container's process has ended at once");
  return sj_state_write(c);
}

static int run_hooks(struct making *k) {
  struct sj_container *c = k->container;
  char why[SJ_HOOK_WORDS];
  char *json = sj_state_json(c, SJ_CREATING, k->pid, false);
  k->hooks_ran = true;
  int result = sj_run_hooks(&c->compiled, SJ_PRESTART, json, c->compiled.bundle, NULL, false, why);
  if (result == 0)
    result = sj_run_hooks(&c->compiled, SJ_CREATE_RUNTIME, json, c->compiled.bundle, NULL, false, why);
  free(json);
  return result == 0 ? 0 : sj_error("unable to start container process: %s", why);
}

/* 1 when the process waits at its gate, 0 to go on, -1 after sj_error. */
static int take(struct making *k, const struct sj_message *m) {
  struct sj_reader r;
  pid_t pid;
  switch (m->head.type) {
  case SJ_SUPERVISOR_PID:
    sj_reader_init(&r, m->body, m->head.length);
    pid = (pid_t)sj_u32(&r);
    /* Who has taken over the process in a PID namespace that was joined can send this too. */
    return sj_is_child(pid, k->helper) ? record(k, pid) : sj_error("the container's process has named one that is not of this command");
  case SJ_PAUSED:
    if (run_hooks(k) != 0)
      return -1;
    return sj_send(k->context.launcher_end, SJ_RESUME, 0, NULL, 0, NULL, 0) == 0 ? 0 : sj_error("resume: %s", sj_reason(errno));
  case SJ_READY:
    return 1;
  case SJ_FAILED:
    sj_say_failure(k->container, "unable to start container process", m);
    return -1;
#ifdef SJ_FAULT_INJECT
  case SJ_FAULT_MESSAGE:
    sj_fault_now(k->pid);
    return 0;
#endif
  default:
    return sj_error("the container's process has said what nobody understands");
  }
}

static int await_ready(struct making *k) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (int result = 0; result == 0;) {
    enum sj_received got = sj_receive(k->context.launcher_end, buffer, &m);
    if (got != SJ_GOT_MESSAGE)
      return sj_error("unable to start container process: it has ended while it was set up");
    result = take(k, &m);
    sj_free_message(&m);
    if (result != 0)
      return result < 0 ? -1 : 0;
  }
  return -1;
}

static void reap(pid_t pid) {
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

static int spawn(struct making *k) {
  bool helped = false;
  sj_inside_is_of(k->container);
  pid_t pid = sj_spawn(&k->context, &helped);
  close(k->context.control);
  k->helper = helped ? pid : -1;
  sj_fault_launcher(pid);
  if (pid < 0 || helped)
    return 0; /* what it has to say is under way */
  return record(k, pid);
}

static int finish(struct making *k, const char *pid_file) {
  k->container->state.created = true;
  sj_fault_launcher(k->pid);
  if (sj_state_write(k->container) != 0)
    return -1;
  sj_fault_launcher(k->pid);
  return pid_file == NULL ? 0 : sj_write_pid_file(pid_file, k->pid);
}

static void undo(struct making *k) {
  struct sj_container *c = k->container;
  char why[SJ_HOOK_WORDS];
  if (k->helper > 0)
    (void)kill(k->helper, SIGKILL);
  if (k->pid > 0)
    (void)kill(k->pid, SIGKILL);
  reap(k->pid);
  (void)sj_cgroups_end(c);
  if (k->hooks_ran) {
    char *json = sj_state_json(c, SJ_STOPPED, 0, false);
    (void)sj_run_hooks(&c->compiled, SJ_POSTSTOP, json, c->compiled.bundle, NULL, true, why);
    free(json);
  }
  (void)sj_container_remove(c);
}

int sj_create_container(const struct sj_command *o, struct sj_container *c) {
  static struct making k;
  char bundle[PATH_MAX];
  memset(&k, 0, sizeof k);
  k.container = c;
  k.pid = k.helper = -1;
  if (realpath(o->bundle, bundle) == NULL)
    return sj_error("the bundle %s: %s", o->bundle, sj_reason(errno));
  int root = sj_root_open(o->root, true);
  if (root < 0 || sj_container_make(c, root, o->id) != 0)
    return -1;
  sj_fault_launcher(-1);
  int result = sj_compile(c, bundle, o->preserved);
  sj_fault_launcher(-1);
  if (result == 0)
    result = prepare(&k, o);
  if (result == 0)
    result = make_cgroups(&k);
  sj_fault_launcher(-1);
  if (result == 0)
    result = spawn(&k);
  if (result == 0)
    result = await_ready(&k);
  reap(k.helper);
  k.helper = -1;
  if (result == 0)
    result = finish(&k, o->pid_file);
  if (result != 0)
    undo(&k);
  return result;
}

int sj_create(const struct sj_command *o) {
  struct sj_container c;
  return sj_create_container(o, &c) == 0 ? 0 : 1;
}
