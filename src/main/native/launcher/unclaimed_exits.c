#define _GNU_SOURCE
#include "launcher/unclaimed_exits.h"

#include <stddef.h>
#include <stdlib.h>

/* However many: one that is forgotten would be waited for for ever, and its number be signalled when it is another's. */
static struct early {
  struct early *next;
  pid_t pid;
  int status;
  struct rusage usage;
} *all;

bool sj_early_note(pid_t pid, int status, const struct rusage *usage) {
  struct early *e = malloc(sizeof *e);
  if (e == NULL)
    return false;
  *e = (struct early){all, pid, status, *usage};
  all = e;
  return true;
}

bool sj_early_take(pid_t pid, int *status, struct rusage *usage) {
  for (struct early **at = &all; *at != NULL; at = &(*at)->next) {
    struct early *e = *at;
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

void sj_early_forget(void) {
  while (all != NULL) {
    struct early *e = all;
    all = e->next;
    free(e);
  }
}
