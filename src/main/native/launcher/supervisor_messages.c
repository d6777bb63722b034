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
#include "launcher/unclaimed_exits.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/outbox.h"
#include "protocol/transport.h"

/* The number that this pid namespace has for a process known by descriptor. */
static pid_t pid_of(struct sj_launcher *l, int pidfd) {
  pid_t told = sj_pidfd_pid(pidfd);
  return told > 0 ? told : sj_pidfd_pid_in(l->proc, pidfd);
}

static void take_process(struct sj_launcher *l, struct sj_box *b, struct sj_message *m) {
  if (m->nfds == 0)
    return;
  if (b->pidfd >= 0)
    close(b->pidfd); /* of one that was parked */
  b->pidfd = m->fds[0];
  m->fds[0] = -1;
  b->pid = pid_of(l, b->pidfd);
}

static void ready(struct sj_launcher *l, struct sj_box *b, struct sj_message *m) {
  struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
  b->serves = true;
  b->parked = m->head.length >= 12;
  if (b->parked) {
    take_process(l, b, m);
    sj_patch_u32(&w, 0, (uint32_t)b->pid);
    sj_patch_u32(&w, 4, (uint32_t)b->supervisor);
  }
  sj_post(l->java, SJ_READY, b->id, m->body, m->head.length, NULL, 0);
}

static void started(struct sj_launcher *l, struct sj_box *b, struct sj_message *m) {
  struct sj_box *owner = b->owner != NULL ? b->owner : b;
  struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
  if (m->head.length < 12)
    return;
  b->started = true;
  b->started_at = sj_now();
  if (b->owner == NULL)
    sj_begin_deadlines(b);
  take_process(l, b, m);
  /* One that is gone and waited for has no number any more: the supervisor has seen it before. */
  struct sj_reader told;
  sj_reader_init(&told, m->body, m->head.length);
  uint32_t before = sj_u32(&told);
  sj_patch_u32(&w, 0, b->probe ? 0 : b->pid > 0 ? (uint32_t)b->pid : before);
  sj_patch_u32(&w, 4, (uint32_t)owner->supervisor);
  bool pty = m->nfds > 1;
  sj_post(l->java, SJ_STARTED, b->id, m->body, m->head.length, m->fds + 1, pty ? 1 : 0);
  if (b->why == SJ_WHY_OOM)
    sj_kill_box(l, b);
}

/* Of this one, whose pid has just become known, the death was seen already: it is not to be waited for, or signalled, any more. */
static void take_early(struct sj_box *b) {
  siginfo_t info;
  if (waitid(P_PID, (id_t)b->supervisor, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    return; /* it is there to be waited for: the number is that of another by chance */
  if (sj_early_take(b->supervisor, &b->wait_status, &b->usage))
    b->supervisor = -1;
}

static void one(struct sj_launcher *l, struct sj_box *from, struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  if (m->head.type == SJ_STAGED) {
    from->supervisor = (pid_t)sj_u32(&r);
    from->template = -1;
    from->staged = true;
    sj_note_pid(from, from->supervisor);
    take_early(from);
    /* Death on demand may have come before its pid was known. */
    if (from->killed)
      sj_kill_box(l, from);
    return;
  }
#ifdef SJ_FAULT_INJECT
  if (m->head.type == SJ_FAULT_MESSAGE) {
    sj_fault_now(from->supervisor > 0 ? from->supervisor : from->template > 0 ? from->template : from->stage);
    return;
  }
#endif
  struct sj_box *b = sj_find_box(m->head.id);
  if (b == NULL || (b != from && b->owner != from))
    return;
  if (m->head.type == SJ_PAUSED && m->head.length == 8) {
    struct sj_writer w = {(uint8_t *)(uintptr_t)m->body, m->head.length, m->head.length, false};
    b->paused = b->serves = true;
    sj_patch_u32(&w, 4, (uint32_t)b->supervisor);
    sj_post(l->java, SJ_PAUSED, b->id, m->body, m->head.length, NULL, 0);
  } else if (m->head.type == SJ_READY) {
    ready(l, b, m);
  } else if (m->head.type == SJ_STARTED) {
    started(l, b, m);
  } else if (m->head.type == SJ_LISTENER) {
    if (m->nfds == 1)
      sj_post(l->java, SJ_LISTENER, b->id, (const uint8_t *)"", 0, m->fds, 1);
  } else if (m->head.type == SJ_EXITED_ALONE) {
    b->told = b->started = true;
    sj_post_end(l, b, m->body, m->head.length);
    sj_cgroup_bury(&b->cgroup);
  } else if (m->head.type == SJ_FAILED || m->head.type == SJ_EXITED) {
    if (b == from) {
      /* What Java has told a parked process may be known here later than its end. */
      b->started = b->started || m->head.type == SJ_EXITED;
      sj_keep_end(b, m->head.type, m->body, m->head.length);
    } else {
      if (m->head.type == SJ_EXITED)
        sj_post_end(l, b, m->body, m->head.length);
      else
        sj_post(l->java, SJ_FAILED, b->id, m->body, m->head.length, NULL, 0);
      sj_remove_box(b);
    }
  }
}

void sj_read_news(struct sj_launcher *l, struct sj_box *b) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  for (;;) {
    enum sj_received got = sj_receive(b->control, buffer, &m);
    if (got == SJ_GOT_MESSAGE)
      one(l, b, &m);
    sj_free_message(&m);
    if (got == SJ_GOT_NOTHING || got == SJ_GOT_END)
      return;
  }
}
