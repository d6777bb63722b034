#define _GNU_SOURCE
#include "launcher/requests.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/events.h"
#include "cgroup/root.h"
#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "launcher/deadlines.h"
#include "launcher/kill.h"
#include "launcher/plans.h"
#include "launcher/replies.h"
#include "launcher/sandboxes.h"
#include "launcher/start.h"
#include "launcher/templates.h"
#include "program/landlock.h"
#include "protocol/encode.h"
#include "protocol/outbox.h"

#ifndef SANDJAR_VERSION
#define SANDJAR_VERSION "unknown"
#endif

static void hello(struct sj_launcher *l, const struct sj_message *m) {
  uint8_t body[256];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, SJ_WIRE_VERSION);
  sj_put_u32(&w, (uint32_t)getpid());
  sj_put_str(&w, SANDJAR_VERSION);
  sj_put_u32(&w, sj_kernel_features() | sj_landlock_abi() << SJ_LANDLOCK_SHIFT);
  sj_post(l->java, SJ_HELLO_OK, m->head.id, body, w.length, NULL, 0);
}

static void add_plan(struct sj_launcher *l, struct sj_message *m) {
  struct sj_plan_entry *p = calloc(1, sizeof *p);
  uint8_t *bytes = malloc((size_t)m->head.length + 1);
  if (p == NULL || bytes == NULL || sj_find_plan(m->head.id) != NULL) {
    free(p);
    free(bytes);
    sj_refuse(l, m->head.id, ENOMEM, "plan could not be kept");
    return;
  }
  memcpy(bytes, m->body, m->head.length);
  if (!sj_decode_plan(bytes, m->head.length, m->nfds, &p->plan)) {
    free(p);
    free(bytes);
    sj_refuse(l, m->head.id, EPROTO, "malformed plan");
    return;
  }
  p->id = m->head.id;
  p->bytes = bytes;
  p->nfds = m->nfds;
  memcpy(p->fds, m->fds, sizeof p->fds);
  m->nfds = 0;
  sj_add_plan(p);
}

static void drop_plan(uint64_t id) {
  struct sj_plan_entry *p = sj_find_plan(id);
  if (p != NULL)
    sj_drop_plan(p);
}

static void send_signal(struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  uint32_t sig = sj_u32(&r);
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (r.bad || b == NULL || sig > 64)
    return;
  if (b->pidfd >= 0)
    (void)sj_pidfd_send_signal(b->pidfd, (int)sig); /* it may have ended meanwhile, which Java learns otherwise */
}

static void take_cgroup_root(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_cgroup_root root;
  if (!sj_decode_cgroup_root(m->body, m->head.length, &root)) {
    sj_refuse(l, m->head.id, EPROTO, "malformed cgroup root");
    return;
  }
  if (!sj_cgroup_root_open(&root))
    sj_refuse(l, m->head.id, errno, "the cgroup root can't be opened");
  sj_free_cgroup_root(&root);
}

static void watch_for_java(const struct sj_message *m) {
  struct sj_watch_request request;
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (sj_decode_watch(m->body, m->head.length, &request) && b != NULL && b->owner == NULL)
    sj_watch_for_java(&b->cgroup, &request); /* the end of an ended one is reported anyway */
}

static void kill_for_java(struct sj_launcher *l, const struct sj_message *m) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  uint32_t why = sj_u32(&r);
  struct sj_sandbox *b = sj_find_sandbox(m->head.id);
  if (r.bad || b == NULL)
    return;
  if (why == SJ_WHY_OUTPUT) {
    sj_expire(l, b, why, b->grace);
  } else {
    if (b->why == SJ_WHY_NOT)
      b->why = SJ_WHY_ASKED;
    sj_kill_sandbox(l, b);
  }
}

void sj_request(struct sj_launcher *l, struct sj_message *m) {
  sj_fault_launcher(-1);
  switch (m->head.type) {
  case SJ_HELLO:
    hello(l, m);
    break;
  case SJ_PLAN:
    add_plan(l, m);
    break;
  case SJ_TEMPLATE_END:
    sj_template_end(l, m->head.id);
    break;
  case SJ_PLAN_DROP:
    drop_plan(m->head.id);
    break;
  case SJ_START:
    sj_start_sandbox(l, m);
    break;
  case SJ_RUN:
    sj_start_prepared(l, m);
    break;
  case SJ_RUN_STARTED:
    sj_take_run_started(l, m);
    break;
  case SJ_RESUME:
    sj_resume_set_up(l, m);
    break;
  case SJ_EXEC:
    sj_start_execed(l, m);
    break;
  case SJ_SIGNAL:
    send_signal(m);
    break;
  case SJ_KILL:
    kill_for_java(l, m);
    break;
  case SJ_CGROUP_ROOT:
    take_cgroup_root(l, m);
    break;
  case SJ_WATCH:
    watch_for_java(m);
    break;
  case SJ_HOLD:
    m->nfds = 0; /* stay open, under no name, until this process ends */
    break;
  case SJ_PING:
    sj_post(l->java, SJ_PONG, m->head.id, NULL, 0, NULL, 0);
    break;
  default:
    sj_refuse(l, m->head.id, EPROTO, "unknown request");
    break;
  }
}
