#define _GNU_SOURCE
#include "launcher/templates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "launcher/sources.h"
#include "setup/template.h"

enum { TEMPLATES_MAX = 32 };
static const uint64_t IDLE = 10000000000u; /* ns */

struct sj_template {
  struct sj_template *next;
  struct sj_plan_entry *plan; /* NULL once it is dropped; it stays here until it is reaped */
  pid_t pid;
  int socket;
  bool ready;
  uint64_t used;
  struct sj_sources *sources;
};

static struct sj_template *templates;

static void drop(struct sj_template *t) {
  if (t->plan == NULL)
    return;
  t->plan->template = NULL;
  t->plan = NULL;
  if (t->socket >= 0)
    close(t->socket); /* it ends when it reads that */
  t->socket = -1;
}

void sj_template_drop(struct sj_plan_entry *p) {
  if (p->template != NULL)
    drop(p->template);
}

void sj_templates_drop_all(void) {
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    drop(t);
  sj_sources_close();
}

/* Whether it has said that it is ready. One that has failed is dropped for good: starts without it tell why. */
static bool is_ready(struct sj_template *t) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  if (t->ready)
    return true;
  enum sj_received got = sj_receive(t->socket, buffer, &m);
  if (got == SJ_GOT_MESSAGE && m.head.type == SJ_READY) {
    t->ready = true;
  } else if (got != SJ_GOT_NOTHING) {
    t->plan->no_template = true;
    drop(t);
  }
  sj_free_message(&m);
  return t->ready;
}

bool sj_template_start(struct sj_launcher *l, struct sj_plan_entry *p, const struct sj_message *m, struct sj_context *c, struct sj_sandbox *b) {
  struct sj_template *t = p->template;
  if (t == NULL || b->probe || c->network >= 0 || m->nfds + 2 > SJ_FDS_MAX || !is_ready(t))
    return false;
  if (sj_sources_changed(l, &p->plan, t->sources)) {
    drop(t);
    return false;
  }
  struct sj_message sent = *m;
  sent.nfds = m->nfds + 1;
  sent.fds[0] = c->control;
  memcpy(sent.fds + 1, m->fds, m->nfds * sizeof m->fds[0]);
  if (sj_forward(t->socket, &sent, SJ_START, b->id) != 0) {
    if (errno != EAGAIN)
      drop(t);
    return false;
  }
  t->used = sj_now();
  b->template = t->pid;
  return true;
}

static void make_room(void) {
  struct sj_template *oldest = NULL;
  unsigned count = 0;
  for (struct sj_template *t = templates; t != NULL; t = t->next) {
    if (t->plan == NULL)
      continue;
    count++;
    if (oldest == NULL || t->used < oldest->used)
      oldest = t;
  }
  if (count >= TEMPLATES_MAX)
    drop(oldest);
}

void sj_template_consider(struct sj_launcher *l, struct sj_plan_entry *p, struct sj_context *c) {
  /* One start may be all that there will be. */
  if (!(p->plan.flags & SJ_PLAN_TEMPLATE) || p->no_template || p->template != NULL || p->dropped || p->starts++ == 0)
    return;
  struct sj_template *t = calloc(1, sizeof *t);
  struct sj_sources *sources = sj_sources_of(l, &p->plan);
  if (t == NULL || sources == NULL) {
    free(t);
    free(sources);
    return;
  }
  make_room();
  t->sources = sources;
  t->pid = sj_template_make(c, &t->socket);
  if (t->pid < 0) {
    free(t->sources);
    free(t);
    p->no_template = true;
    return;
  }
  t->used = sj_now();
  t->plan = p;
  p->template = t;
  t->next = templates;
  templates = t;
}

void sj_templates_tick(void) {
  uint64_t now = sj_now();
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    if (t->plan != NULL && now - t->used >= IDLE) {
      t->plan->starts = 0;
      drop(t);
    }
}

int sj_templates_until(void) {
  uint64_t now = sj_now(), least = UINT64_MAX;
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    if (t->plan != NULL) {
      uint64_t left = now - t->used >= IDLE ? 0 : IDLE - (now - t->used);
      least = left < least ? left : least;
    }
  return least == UINT64_MAX ? -1 : (int)(least / 1000000u) + 1;
}

bool sj_is_template(pid_t pid) {
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    if (t->pid == pid)
      return true;
  return false;
}

bool sj_template_reaped(pid_t pid) {
  for (struct sj_template **at = &templates; *at != NULL; at = &(*at)->next) {
    struct sj_template *t = *at;
    if (t->pid != pid)
      continue;
    if (t->plan != NULL && !t->ready)
      t->plan->no_template = true;
    drop(t);
    *at = t->next;
    free(t->sources);
    free(t);
    return true;
  }
  return false;
}
