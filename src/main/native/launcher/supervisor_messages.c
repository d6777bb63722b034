#define _GNU_SOURCE
#include "launcher/supervisor_messages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/removal.h"
#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/kill.h"
#include "launcher/replies.h"
#include "launcher/templates.h"
#include "launcher/unclaimed_exits.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/outbox.h"
#include "protocol/transport.h"

/* The number that this pid namespace has for a process known by descriptor. */
static pid_t pid_of(struct sj_launcher *l, int pidfd) {
  pid_t known = sj_pidfd_pid(pidfd);
  return known > 0 ? known : sj_pidfd_pid_in(l->proc, pidfd);
}

/* As Java has it: 0 for one that is gone. */
static uint32_t number_of(pid_t pid) {
  return pid > 0 ? (uint32_t)pid : 0;
}

static void take_process(struct sj_launcher *l, struct sj_sandbox *b, struct sj_message *m) {
  if (m->nfds == 0)
    return;
  if (b->pidfd >= 0)
    close(b->pidfd); /* of the warm process before it */
  b->pidfd = m->fds[0];
  m->fds[0] = -1;
  b->pid = pid_of(l, b->pidfd);
}

static void ready(struct sj_launcher *l, struct sj_sandbox *b, struct sj_message *m) {
  struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
  b->serves = true;
  b->warm = m->head.length >= 12;
  if (b->warm) {
    take_process(l, b, m);
    sj_patch_u32(&w, 0, (uint32_t)b->pid);
    sj_patch_u32(&w, 4, number_of(b->supervisor));
  }
  sj_post(l->java, SJ_READY, b->id, m->body, m->head.length, NULL, 0);
}

static void started(struct sj_launcher *l, struct sj_sandbox *b, struct sj_message *m) {
  struct sj_sandbox *owner = b->owner != NULL ? b->owner : b;
  struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
  if (m->head.length < 12)
    return;
  b->started = true;
  b->started_at = sj_now();
  if (b->owner == NULL)
    sj_begin_deadlines(b);
  take_process(l, b, m);
  /* One that is gone and waited for has no number any more: the supervisor has seen it before. */
  struct sj_reader report;
  sj_reader_init(&report, m->body, m->head.length);
  uint32_t before = sj_u32(&report);
  sj_patch_u32(&w, 0, b->probe ? 0 : b->pid > 0 ? (uint32_t)b->pid : before);
  sj_patch_u32(&w, 4, number_of(owner->supervisor));
  bool pty = m->nfds > 1;
  sj_post(l->java, SJ_STARTED, b->id, m->body, m->head.length, m->fds + 1, pty ? 1 : 0);
  if (b->why == SJ_WHY_OOM)
    sj_kill_sandbox(l, b);
}

/* A child of ours that is nothing else yet, or was one; only an outer helper and a template have made one for us, and only once. */
static void take_supervisor(struct sj_launcher *l, struct sj_sandbox *from, pid_t pid) {
  siginfo_t info;
  bool awaited = (from->outer_helper > 0 || from->template > 0) && !from->supervisor_known;
  if (!awaited || pid <= 1 || sj_find_sandbox_by_pid(pid) != NULL || sj_is_template(pid))
    return;
  /* The death of one that is not there to be waited for was seen before its pid was known: it is not to be waited for, or signalled, any more. */
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    from->supervisor = pid;
  else if (!sj_take_unclaimed_exit(pid, &from->wait_status, &from->usage))
    return;
  from->template = -1;
  from->supervisor_known = true;
  sj_note_pid(from, pid);
  /* Death on demand may have come before its pid was known. */
  if (from->killed)
    sj_kill_sandbox(l, from);
}

static void take_message(struct sj_launcher *l, struct sj_sandbox *from, struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  if (m->head.type == SJ_SUPERVISOR_PID) {
    take_supervisor(l, from, (pid_t)sj_u32(&r));
    return;
  }
#ifdef SJ_FAULT_INJECT
  if (m->head.type == SJ_FAULT_MESSAGE) {
    sj_fault_now(from->supervisor > 0 ? from->supervisor : from->template > 0 ? from->template : from->outer_helper);
    return;
  }
#endif
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (b == NULL || (b != from && b->owner != from))
    return;
  if (m->head.type == SJ_PAUSED && m->head.length == 8) {
    struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
    b->paused = b->serves = true;
    sj_patch_u32(&w, 4, number_of(b->supervisor));
    sj_post(l->java, SJ_PAUSED, b->id, m->body, m->head.length, NULL, 0);
  } else if (m->head.type == SJ_READY) {
    ready(l, b, m);
  } else if (m->head.type == SJ_STARTED) {
    started(l, b, m);
  } else if (m->head.type == SJ_LISTENER || (m->head.type == SJ_CHANNEL && b == from)) {
    if (m->nfds == 1)
      sj_post(l->java, m->head.type, b->id, (const uint8_t *)"", 0, m->fds, 1);
  } else if (m->head.type == SJ_EXITED_ALONE) {
    b->reported = b->started = true;
    sj_post_end(l, b, m->body, m->head.length);
    sj_cgroup_remove(&b->cgroup);
  } else if (m->head.type == SJ_FAILED || m->head.type == SJ_EXITED) {
    if (b == from) {
      /* What Java has asked of a warm process may be known here later than its end. */
      b->started = b->started || m->head.type == SJ_EXITED;
      sj_keep_end(b, m->head.type, m->body, m->head.length);
    } else {
      if (m->head.type == SJ_EXITED)
        sj_post_end(l, b, m->body, m->head.length);
      else
        sj_post(l->java, SJ_FAILED, b->id, m->body, m->head.length, NULL, 0);
      sj_remove_sandbox(b);
    }
  }
}

/* What came with it is lost, a program by which it is known, say: nobody could end that in time. */
static void lose_message(struct sj_launcher *l, struct sj_sandbox *from, const struct sj_message *m, int error) {
  const char *why = error == EMFILE ? "the launcher has no descriptor left for it" : "malformed message of the supervisor";
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (b != NULL && b->owner == from) {
    sj_refuse(l, b->id, error, why);
    sj_remove_sandbox(b);
  }
  if (!from->started)
    sj_refuse_at_end(from, SJ_IN_EXEC, error, why); /* not in the request: that would be made once more, and the program runs already */
  sj_kill_sandbox(l, from);
}

void sj_read_supervisor_messages(struct sj_launcher *l, struct sj_sandbox *b) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (;;) {
    enum sj_received got = sj_receive(b->control, buffer, &m);
    if (got == SJ_GOT_MESSAGE)
      take_message(l, b, &m);
    else if (got == SJ_GOT_GARBAGE)
      lose_message(l, b, &m, errno);
    sj_free_message(&m);
    if (got == SJ_GOT_NOTHING || got == SJ_GOT_END)
      return;
  }
}
