/* A descriptor table with no room left. */
#ifndef SJ_FULL_TABLE_H
#define SJ_FULL_TABLE_H

#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

/* What the limit was, for make_room(). */
static struct rlimit fill_table(void) {
  struct rlimit before, full;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  int lowest = dup(0);
  CHECK(lowest >= 0 && close(lowest) == 0);
  full = before;
  full.rlim_cur = (rlim_t)lowest;
  CHECK(setrlimit(RLIMIT_NOFILE, &full) == 0);
  CHECK(dup(0) < 0 && errno == EMFILE);
  return before;
}

static inline void make_room(const struct rlimit *before) {
  CHECK(setrlimit(RLIMIT_NOFILE, before) == 0);
}

#endif
