#define _GNU_SOURCE
#include "launcher/templates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/encode.h"
#include "protocol/outbox.h"
#include "setup/template.h"

struct sj_template {
  struct sj_template *next;
  uint64_t id;
  uint64_t plan;
  ino_t owner; /* user namespace that owns the networks of its starts, which it is in; 0 if that is the launcher's own */
  pid_t pid;
  int socket; /* -1 once it takes no more starts; it stays here until it is reaped */
  bool ready;
};

static struct sj_template *templates;

static struct sj_template *find(uint64_t id) {
  struct sj_template *t = templates;
  while (t != NULL && t->id != id)
    t = t->next;
  return t;
}

static void report_end(struct sj_launcher *l, uint64_t id, bool begun) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, begun);
  sj_post(l->java, SJ_TEMPLATE_ENDED, id, body, w.length, NULL, 0);
}

static void close_socket(struct sj_launcher *l, struct sj_template *t) {
  if (t->socket < 0)
    return;
  /* A process that is being made may have a copy for a moment, by which it would stay watched. */
  (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, t->socket, NULL);
  close(t->socket); /* it ends when it reads that */
  t->socket = -1;
}

static void lose(struct sj_launcher *l, struct sj_template *t) {
  if (t->socket < 0)
    return;
  close_socket(l, t);
  report_end(l, t->id, true);
}

static void read_socket(struct sj_launcher *l, struct sj_template *t) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  if (t->socket < 0)
    return;
  enum sj_received got = sj_receive(t->socket, buffer, &m);
  if (got == SJ_GOT_MESSAGE && m.head.type == SJ_READY && !t->ready) {
    t->ready = true;
    sj_post(l->java, SJ_TEMPLATE_READY, t->id, NULL, 0, NULL, 0);
  } else if (got != SJ_GOT_NOTHING) {
    lose(l, t); /* whole starts tell what has failed in it */
  }
  sj_free_message(&m);
}

void sj_template_said(struct sj_launcher *l, uint64_t id) {
  struct sj_template *t = find(id);
  if (t != NULL)
    read_socket(l, t);
}

/* Namespaces are files of one file system. False if that is not known. */
static bool find_owner(const struct sj_context *c, ino_t *owner) {
  struct stat st;
  *owner = 0;
  if (c->network_owner < 0)
    return true;
  if (fstat(c->network_owner, &st) != 0)
    return false;
  *owner = st.st_ino;
  return true;
}

bool sj_template_start(struct sj_launcher *l, const struct sj_message *m, struct sj_context *c, struct sj_sandbox *b) {
  struct sj_template *t = c->start->flags & SJ_START_FROM_TEMPLATE ? find(c->start->template) : NULL;
  if (t == NULL || !t->ready || t->socket < 0 || t->plan != c->start->plan || m->nfds + 2 > SJ_FDS_MAX)
    return false;
  ino_t owner;
  if (!find_owner(c, &owner) || owner != t->owner) {
    lose(l, t);
    return false;
  }
  struct sj_message sent = *m;
  sent.nfds = m->nfds + 1;
  sent.fds[0] = c->control;
  memcpy(sent.fds + 1, m->fds, m->nfds * sizeof m->fds[0]);
  if (sj_forward(t->socket, &sent, SJ_START, b->id) != 0) {
    if (errno != EAGAIN)
      lose(l, t);
    return false;
  }
  b->template = t->pid;
  return true;
}

static bool watch(struct sj_launcher *l, const struct sj_template *t) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = SJ_FROM_TEMPLATE | t->id};
  return epoll_ctl(l->epoll, EPOLL_CTL_ADD, t->socket, &event) == 0;
}

void sj_template_begin(struct sj_launcher *l, struct sj_context *c, bool wanted) {
  uint64_t id = c->start->template;
  ino_t owner;
  bool fits = find_owner(c, &owner) && wanted && (c->plan->flags & SJ_PLAN_TEMPLATE) && id < SJ_FROM_TEMPLATE && find(id) == NULL;
  struct sj_template *t = fits ? calloc(1, sizeof *t) : NULL;
  pid_t pid = t == NULL ? -1 : sj_template_make(c, &t->socket);
  if (pid < 0) {
    free(t);
    report_end(l, id, false);
    return;
  }
  t->id = id;
  t->plan = c->start->plan;
  t->owner = owner;
  t->pid = pid;
  t->next = templates;
  templates = t;
  if (t->socket < 0)
    report_end(l, id, true); /* it ends by itself */
  else if (!watch(l, t))
    lose(l, t);
}

void sj_template_end(struct sj_launcher *l, uint64_t id) {
  struct sj_template *t = find(id);
  if (t != NULL)
    close_socket(l, t);
}

void sj_templates_end_all(struct sj_launcher *l) {
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    close_socket(l, t);
}

bool sj_is_template(pid_t pid) {
  for (struct sj_template *t = templates; t != NULL; t = t->next)
    if (t->pid == pid)
      return true;
  return false;
}

bool sj_template_reaped(struct sj_launcher *l, pid_t pid) {
  for (struct sj_template **at = &templates; *at != NULL; at = &(*at)->next) {
    struct sj_template *t = *at;
    if (t->pid != pid)
      continue;
    read_socket(l, t); /* it may have been ready */
    lose(l, t);
    *at = t->next;
    free(t);
    return true;
  }
  return false;
}
