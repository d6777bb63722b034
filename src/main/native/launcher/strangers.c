#define _GNU_SOURCE
#include "launcher/strangers.h"

#include <stdlib.h>

#include "kernel/syscalls.h"

static struct stranger {
  struct stranger *next;
  pid_t pid;
  uint64_t since;
} *all;

uint64_t sj_stranger_since(pid_t pid) {
  for (const struct stranger *s = all; s != NULL; s = s->next)
    if (s->pid == pid)
      return s->since;
  uint64_t now = sj_now();
  struct stranger *s = malloc(sizeof *s);
  if (s != NULL) {
    *s = (struct stranger){all, pid, now};
    all = s;
  } /* without memory it is as new the next time */
  return now;
}

void sj_forget_stranger(pid_t pid) {
  for (struct stranger **at = &all; *at != NULL; at = &(*at)->next) {
    struct stranger *s = *at;
    if (s->pid != pid)
      continue;
    *at = s->next;
    free(s);
    return;
  }
}
