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

#include "cgroup/events.h"
#include "cgroup/setup.h"
#include "kernel/fault.h"
#include "kernel/process_tree.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/requests.h"
#include "launcher/templates.h"
#include "launcher/unclaimed_exits.h"
#include "protocol/outbox.h"
#include "protocol/transport.h"
#include "setup/supervisor.h"

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

static void keep_last(struct sj_box *b, const struct sj_message *m) {
  uint8_t *copy = malloc((size_t)m->head.length + 1);
  if (copy == NULL || b->last != NULL) {
    free(copy);
    return;
  }
  memcpy(copy, m->body, m->head.length);
  b->last = copy;
  b->last_length = m->head.length;
  b->last_type = m->head.type;
}

/* What the supervisor has told of the end, and what only the launcher knows. Its cgroups are read for the last time, so they may go. */
static void post_end(struct sj_launcher *l, struct sj_box *b, const uint8_t *told, size_t length) {
  static uint8_t body[SJ_INLINE_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  if (length > sizeof body / 2)
    length = 0;
  memcpy(body, told, length);
  w.length = length;
  if (b->owner == NULL)
    sj_watch_end(l, b);
  sj_put_u32(&w, b->why);
  sj_cgroup_read(b, &w);
  sj_post(l->java, SJ_EXITED, b->id, body, w.length, NULL, 0);
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
    post_end(l, b, m->body, m->head.length);
    sj_cgroup_bury(b);
  } else if (m->head.type == SJ_FAILED || m->head.type == SJ_EXITED) {
    if (b == from) {
      /* What Java has told a parked process may be known here later than its end. */
      b->started = b->started || m->head.type == SJ_EXITED;
      keep_last(b, m);
    } else {
      if (m->head.type == SJ_EXITED)
        post_end(l, b, m->body, m->head.length);
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

static void post_exit(struct sj_launcher *l, struct sj_box *b, uint32_t how, uint32_t status, uint64_t wall, const char *network) {
  uint8_t body[SJ_NETWORK_TEXT + 256];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_exit(&w, b->wait_status, wall, &b->usage);
  sj_patch_u32(&w, 0, how);
  sj_patch_u32(&w, 4, status);
  sj_put_str(&w, network);
  post_end(l, b, body, w.length);
}

static void end_further(struct sj_box *b, void *data) {
  struct sj_box **owner_and = data;
  if (b->owner != owner_and[0])
    return;
  struct sj_launcher *l = (struct sj_launcher *)(void *)owner_and[1];
  if (b->started)
    post_exit(l, b, SJ_BY_SIGNAL, SIGKILL, sj_now() - b->started_at, "");
  else
    sj_refuse(l, b->id, ESRCH, "the sandbox has ended");
  sj_remove_box(b);
}

static void post_failure(struct sj_launcher *l, const struct sj_box *b, const char *what, const char *how) {
  uint8_t body[128];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u16(&w, SJ_IN_CLONE);
  sj_put_u16(&w, 0);
  sj_put_u32(&w, 0);
  sj_put_u32(&w, 0);
  sj_put_u64(&w, (uint64_t)(unsigned)b->wait_status);
  sj_put_str(&w, what);
  sj_put_str(&w, how);
  sj_post(l->java, SJ_FAILED, b->id, body, w.length, NULL, 0);
}

static void tell_end(struct sj_launcher *l, struct sj_box *b) {
  if (b->told)
    return;
  if (!b->started && b->why == SJ_WHY_OOM) {
    post_failure(l, b, "memory", "ran out before the program was started");
  } else if (b->last_type == SJ_FAILED && !b->started) {
    sj_post(l->java, SJ_FAILED, b->id, b->last, b->last_length, NULL, 0);
  } else if (!b->started) {
    post_failure(l, b, "supervisor", "ended before the program was started");
  } else if (b->last_type == SJ_EXITED) {
    struct sj_reader r;
    sj_reader_init(&r, b->last, b->last_length);
    uint32_t how = sj_u32(&r), status = sj_u32(&r);
    uint64_t wall = sj_u64(&r);
    for (unsigned i = 0; i < 9; i++)
      (void)sj_u64(&r);
    post_exit(l, b, how, status, wall, sj_str(&r));
  } else if (b->probe) {
    post_exit(l, b, SJ_BY_EXIT, 0, 0, "");
  } else {
    /* The supervisor is dead and the program with it: by our hand, or by another's. */
    post_exit(l, b, b->killed ? SJ_BY_SIGNAL : SJ_BY_LOSS, SIGKILL, sj_now() - b->started_at, "");
  }
}

void sj_conclude(struct sj_launcher *l, struct sj_box *b) {
  if (b->supervisor > 0 || b->stage > 0 || b->template > 0)
    return;
  if (!b->told)
    sj_cgroup_kill(b); /* should anything still be in there */
  tell_end(l, b);
  if (!b->told)
    sj_cgroup_bury(b);
  sj_watch_end(l, b);
  void *arguments[2] = {b, l};
  if (b->further > 0)
    sj_each_box(end_further, arguments);
  if (b->kill_deadline != 0)
    l->kills_pending--;
  if (!b->init)
    l->strays = true;
  sj_remove_box(b);
}

void sj_settle(struct sj_launcher *l, struct sj_box *b) {
  if (b->staged && b->supervisor <= 0)
    sj_conclude(l, b); /* which looks whether anything else of it is left */
}

static void read_if_staging(struct sj_box *b, void *data) {
  if (b->owner != NULL || b->supervisor > 0 || b->control < 0)
    return;
  sj_read_news(data, b);
  sj_settle(data, b);
}

void sj_template_failed(struct sj_launcher *l, struct sj_box *b) {
  sj_read_news(l, b);
  if (b->template <= 0) {
    sj_settle(l, b);
    return;
  }
  b->template = -1;
  sj_conclude(l, b);
}

static void lose_template(struct sj_box *b, void *data) {
  void **lost = data;
  if (b->template == *(pid_t *)lost[1])
    sj_template_failed(lost[0], b);
}

static void note_staging(struct sj_box *b, void *data) {
  if ((b->stage > 0 || b->template > 0) && b->supervisor <= 0)
    *(bool *)data = true;
}

static void buried(struct sj_launcher *l, pid_t pid, int status, const struct rusage *usage) {
  struct sj_box *b = sj_find_box_by_pid(pid);
  if (b == NULL) {
    /* A supervisor may die before its stage's word about it was read. */
    sj_each_box(read_if_staging, l);
    b = sj_find_box_by_pid(pid);
  }
  if (b == NULL && sj_template_reaped(pid)) {
    void *lost[2] = {l, &pid};
    sj_each_box(lose_template, lost);
    l->strays = true; /* it may have cloned without a word */
    return;
  }
  if (b == NULL) {
    bool staging = false;
    sj_each_box(note_staging, &staging);
    if (!staging)
      sj_early_forget();
    else if (!sj_early_note(pid, status, usage))
      abort(); /* without memory: who is waited for for ever is worse than all that end with us */
    l->strays = true; /* an orphan: its own children have come to us too */
    return;
  }
  sj_read_news(l, b);
  if (b->stage == pid) {
    b->stage = -1;
    if (b->supervisor <= 0)
      b->wait_status = status;
  } else {
    b->supervisor = -1;
    b->wait_status = status;
    b->usage = *usage;
  }
  sj_conclude(l, b);
}

bool sj_reap_one(struct sj_launcher *l, pid_t pid) {
  int status;
  struct rusage usage;
  if (pid <= 0 || wait4(pid, &status, WNOHANG, &usage) != pid)
    return false;
  buried(l, pid, status, &usage);
  return true;
}

void sj_reap(struct sj_launcher *l) {
  int status;
  struct rusage usage;
  for (pid_t pid = wait4(-1, &status, WNOHANG, &usage); pid > 0; pid = wait4(-1, &status, WNOHANG, &usage))
    buried(l, pid, status, &usage);
}

static bool is_known(pid_t pid) {
  return sj_is_template(pid) || sj_find_box_by_pid(pid) != NULL;
}

void sj_kill_strays(struct sj_launcher *l) {
  bool staging = false;
  sj_each_box(note_staging, &staging);
  if (staging)
    return; /* a supervisor whose pid is not known yet would look like a stray */
  l->strays = false;
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
    return; /* no child at all */
  if (sj_has_other_children(l->proc, is_known) == 0)
    return;
  (void)sj_kill_descendants(l->proc, getpid(), is_known);
}
