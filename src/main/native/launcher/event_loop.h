/* The launcher's event loop: requests from Java, news from supervisors, deaths of children. */
#ifndef SJ_LAUNCHER_EVENT_LOOP_H
#define SJ_LAUNCHER_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct sj_launcher {
  int java; /* the socket to Java */
  int proc; /* a procfs, verified */
  int epoll;
  int signals;
  bool ending; /* Java is gone */
  bool strays; /* there may be orphans of a dead supervisor among the children */
  unsigned kills_pending; /* boxes with a kill_deadline */
  uint64_t reap_by; /* when to look for all dead children, by sj_now(); 0 never */
};

/* Serves until Java is gone and everything is cleaned up. The exit status. */
int sj_serve(struct sj_launcher *l);

#endif
