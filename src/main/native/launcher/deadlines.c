#define _GNU_SOURCE
#include "launcher/deadlines.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "cgroup/files.h"
#include "kernel/syscalls.h"
#include "launcher/kill.h"

static const uint64_t NEVER = UINT64_MAX;
static const uint64_t LOOK_AGAIN = 4000000; /* ns between two looks at used CPU time, at least */

static uint64_t next = UINT64_MAX;

static uint64_t after(uint64_t from, uint64_t duration) {
  return duration == 0 || duration > NEVER - from ? NEVER : from + duration;
}

static void wake_by(uint64_t when) {
  if (when < next)
    next = when;
}

/* No sooner than all processors together could have used the rest. */
static uint64_t next_look(uint64_t now, uint64_t rest) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  uint64_t wait = rest / (uint64_t)(processors > 0 ? processors : 1);
  return after(now, wait > LOOK_AGAIN ? wait : LOOK_AGAIN);
}

void sj_begin_deadlines(struct sj_sandbox *b) {
  uint64_t now = sj_now();
  b->time_up = after(now, b->timeout);
  b->cpu_look = b->cpu_time == 0 ? NEVER : next_look(now, b->cpu_time);
  b->grace_up = NEVER;
  wake_by(b->time_up);
  wake_by(b->cpu_look);
}

void sj_expire(struct sj_launcher *l, struct sj_sandbox *b, uint32_t why, uint64_t grace) {
  if (b->why != SJ_WHY_NOT)
    return;
  b->why = why;
  /* The kernel has killed one of its processes, maybe the program. The supervisor is in none of its cgroups, and about to tell the start. */
  if (why == SJ_WHY_OOM && !b->started && !b->paused) {
    sj_limit_patience(l, b);
    return;
  }
  if (grace == 0 || !b->started || b->pidfd < 0) {
    sj_kill_sandbox(l, b);
    return;
  }
  (void)sj_pidfd_send_signal(b->pidfd, b->stop_signal);
  b->grace_up = after(sj_now(), grace);
  wake_by(b->grace_up);
}

static void look_at_cpu(struct sj_launcher *l, struct sj_sandbox *b, uint64_t now) {
  uint64_t used = sj_cgroup_cpu_time(&b->cgroup);
  if (used >= b->cpu_time) {
    b->cpu_look = NEVER;
    sj_expire(l, b, SJ_WHY_CPU_TIME, b->grace);
  } else {
    b->cpu_look = next_look(now, b->cpu_time - used);
  }
}

static void check(struct sj_sandbox *b, void *launcher) {
  struct sj_launcher *l = launcher;
  uint64_t now = sj_now();
  if (b->owner != NULL || !b->started || b->killed)
    return;
  if (b->grace_up <= now) {
    b->grace_up = NEVER;
    sj_kill_sandbox(l, b);
    return;
  }
  if (b->time_up <= now) {
    b->time_up = NEVER;
    sj_expire(l, b, SJ_WHY_TIMEOUT, b->grace);
  }
  if (b->cpu_look <= now)
    look_at_cpu(l, b, now);
  wake_by(b->time_up);
  wake_by(b->cpu_look);
  wake_by(b->grace_up);
}

void sj_check_deadlines(struct sj_launcher *l) {
  if (next == NEVER || sj_now() < next)
    return;
  next = NEVER;
  sj_each_sandbox(check, l);
}

int sj_until_deadline(void) {
  if (next == NEVER)
    return -1;
  uint64_t now = sj_now();
  uint64_t wait = next > now ? (next - now + 999999) / 1000000 : 0;
  return wait > INT_MAX ? INT_MAX : (int)wait;
}
