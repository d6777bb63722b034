/* The launcher itself. */
#ifndef SJ_LAUNCHER_LAUNCHER_H
#define SJ_LAUNCHER_LAUNCHER_H

#include <stdbool.h>
#include <stdint.h>

struct sj_launcher {
  int java; /* the socket to Java */
  int proc; /* a procfs, verified */
  int epoll;
  int signals;
  bool ending; /* Java is gone */
  bool orphans; /* there may be orphans of a dead supervisor among the children */
  unsigned kills_pending; /* sandboxes with a kill_deadline */
  uint64_t reap_by; /* when to look for all dead children, by sj_now(); 0 never */
};

/* Epoll data that is not the id of a sandbox, nor has SJ_FROM_WATCH; SJ_FROM_TEMPLATE has the id of a template beside it. */
#define SJ_FROM_TEMPLATE ((uint64_t)1 << 61)
#define SJ_FROM_JAVA UINT64_MAX
#define SJ_FROM_SIGNALS (UINT64_MAX - 1)

#endif
