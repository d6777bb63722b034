#define _GNU_SOURCE
#include "launcher/unclaimed_exits.h"

#include <stddef.h>
#include <stdlib.h>

/* However many: one that is forgotten would be waited for for ever, and its number be signalled when it is another's. */
static struct unclaimed_exit {
  struct unclaimed_exit *next;
  pid_t pid;
  int status;
  struct rusage usage;
} *all;

bool sj_note_unclaimed_exit(pid_t pid, int status, const struct rusage *usage) {
  struct unclaimed_exit *e = malloc(sizeof *e);
  if (e == NULL)
    return false;
  *e = (struct unclaimed_exit){all, pid, status, *usage};
  all = e;
  return true;
}

bool sj_take_unclaimed_exit(pid_t pid, int *status, struct rusage *usage) {
  for (struct unclaimed_exit **at = &all; *at != NULL; at = &(*at)->next) {
    struct unclaimed_exit *e = *at;
    if (e->pid != pid)
      continue;
    *status = e->status;
    *usage = e->usage;
    *at = e->next;
    free(e);
    return true;
  }
  return false;
}

void sj_forget_unclaimed_exits(void) {
  while (all != NULL) {
    struct unclaimed_exit *e = all;
    all = e->next;
    free(e);
  }
}
