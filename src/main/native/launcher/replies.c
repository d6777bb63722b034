#define _GNU_SOURCE
#include "launcher/replies.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/events.h"
#include "cgroup/files.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/internal.h"
#include "protocol/outbox.h"

static size_t refusal(uint8_t *body, size_t size, uint16_t section, int error, const char *why) {
  struct sj_writer w = {body, size, 0, false};
  sj_put_u16(&w, section);
  sj_put_u16(&w, 0);
  sj_put_u32(&w, 0);
  sj_put_u32(&w, (uint32_t)error);
  sj_put_u64(&w, 0);
  sj_put_str(&w, section == SJ_IN_REQUEST ? "request" : "recvmsg");
  sj_put_str(&w, why);
  return w.length;
}

void sj_refuse(struct sj_launcher *l, uint64_t id, int error, const char *why) {
  uint8_t body[512];
  size_t length = refusal(body, sizeof body, SJ_IN_REQUEST, error, why);
  sj_post(l->java, SJ_FAILED, id, body, length, NULL, 0);
}

void sj_keep_end(struct sj_sandbox *b, uint16_t type, const uint8_t *body, size_t length) {
  uint8_t *copy = malloc(length + 1);
  if (copy == NULL || b->last != NULL) {
    free(copy);
    return;
  }
  memcpy(copy, body, length);
  b->last = copy;
  b->last_length = length;
  b->last_type = type;
}

void sj_refuse_at_end(struct sj_sandbox *b, uint16_t section, int error, const char *why) {
  uint8_t body[512];
  sj_keep_end(b, SJ_FAILED, body, refusal(body, sizeof body, section, error, why));
}

void sj_post_end(struct sj_launcher *l, struct sj_sandbox *b, const uint8_t *report, size_t length) {
  static uint8_t body[SJ_INLINE_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  if (length > sizeof body / 2)
    length = 0;
  memcpy(body, report, length);
  w.length = length;
  if (b->owner == NULL)
    sj_watch_end(&b->cgroup);
  sj_put_u32(&w, b->why);
  sj_cgroup_read(&b->cgroup, &w);
  sj_post(l->java, SJ_EXITED, b->id, body, w.length, NULL, 0);
}

static void post_exit(struct sj_launcher *l, struct sj_sandbox *b, uint32_t how, uint32_t status, uint64_t wall, const char *network) {
  uint8_t body[SJ_NETWORK_TEXT + 256];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_exit(&w, b->wait_status, wall, &b->usage);
  sj_patch_u32(&w, 0, how);
  sj_patch_u32(&w, 4, status);
  sj_put_str(&w, network);
  sj_post_end(l, b, body, w.length);
}

void sj_post_lost(struct sj_launcher *l, struct sj_sandbox *b) {
  if (b->started)
    post_exit(l, b, SJ_BY_SIGNAL, SIGKILL, sj_now() - b->started_at, "");
  else
    sj_refuse(l, b->id, ESRCH, "the sandbox has ended");
}

static void post_failure(struct sj_launcher *l, const struct sj_sandbox *b, const char *what, const char *how) {
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

void sj_report_end(struct sj_launcher *l, struct sj_sandbox *b) {
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
