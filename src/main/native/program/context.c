#define _GNU_SOURCE
#include "program/context.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/fault.h"
#include "kernel/syscalls.h"
#include "protocol/encode.h"
#include "protocol/transport.h"

int sj_fail_detail(struct sj_context *c, const char *call, const char *what, uint64_t detail) {
  int error = errno;
  uint8_t body[1024];
  char shown[512];
  size_t n = strnlen(what, sizeof shown - 1);
  memcpy(shown, what, n);
  shown[n] = 0;
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u16(&w, c->section);
  sj_put_u16(&w, c->opcode);
  sj_put_u32(&w, c->index);
  sj_put_u32(&w, (uint32_t)error);
  sj_put_u64(&w, detail);
  sj_put_str(&w, call);
  sj_put_str(&w, shown);
  if (c->trace != NULL)
    c->trace->failed = 1;
  /* When this can't be sent the launcher is gone, and with it whoever wanted to know. */
  (void)sj_send(c->control, SJ_FAILED, c->id, body, w.length, NULL, 0);
  errno = error;
  return -1;
}

int sj_fail(struct sj_context *c, const char *call, const char *what) {
  return sj_fail_detail(c, call, what, 0);
}

int sj_fail_later(struct sj_context *c, const char *call, const char *what, uint64_t detail) {
  c->trace->last_words = (struct sj_last_words){c->section, c->opcode, c->index, errno, detail, call, what};
  c->trace->failed = 1;
  c->trace->spoken = 1;
  return -1;
}

void sj_pass_on(struct sj_context *c) {
  if (!c->trace->spoken)
    return;
  struct sj_last_words words = c->trace->last_words;
  c->trace->spoken = 0;
  c->section = words.section;
  c->opcode = words.opcode;
  c->index = words.index;
  errno = words.error;
  (void)sj_fail_detail(c, words.call, words.what, words.detail);
}

void sj_at(struct sj_context *c, uint16_t section, uint16_t opcode, uint32_t index) {
  c->section = section;
  c->opcode = opcode;
  c->index = index;
  c->absent = false;
  sj_fault(c->control);
}

void sj_done(struct sj_context *c) {
  struct sj_trace *t = c->trace;
  /* A program may already be in its own time namespace, where the monotonic clock is another one. */
  uint64_t now = sj_now_everywhere();
  uint64_t ns = now > t->last ? now - t->last : 0;
  if (t->count < t->capacity) {
    struct sj_step *s = &t->step[t->count];
    *s = (struct sj_step){c->section, (uint16_t)(c->opcode | (c->absent ? SJ_STEP_ABSENT : 0)), c->index, ns};
    t->count = t->count + 1;
  }
  t->last = now;
}

int sj_new_trace(struct sj_context *c) {
  uint32_t capacity = c->plan->count[0] + c->plan->count[1] + c->plan->count[2] + 16;
  void *p = mmap(NULL, sizeof(struct sj_trace) + capacity * sizeof(struct sj_step), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return -1;
  c->trace = p;
  c->trace->capacity = capacity;
  sj_restart_trace(c);
  return 0;
}

void sj_restart_trace(struct sj_context *c) {
  c->trace->count = 0;
  c->trace->last = sj_now_everywhere() - (sj_now() - c->received);
}

void sj_free_trace(struct sj_context *c) {
  if (c->trace == NULL)
    return;
  munmap(c->trace, sizeof(struct sj_trace) + c->trace->capacity * sizeof(struct sj_step));
  c->trace = NULL;
}
