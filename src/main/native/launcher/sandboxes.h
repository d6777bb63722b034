/* The launcher's books: which sandboxes and plans there are. */
#ifndef SJ_LAUNCHER_SANDBOXES_H
#define SJ_LAUNCHER_SANDBOXES_H

#include <sys/resource.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "launcher/plans.h"


struct sj_box {
  struct sj_box *next; /* in its bucket */
  uint64_t id;
  struct sj_box *owner; /* of a further process: the sandbox it runs in */
  unsigned further;     /* how many have this one for their owner */
  pid_t supervisor;     /* -1 until known */
  pid_t template;       /* to which the start was left, until the supervisor's pid is known; else -1 */
  pid_t stage;          /* -1 when there is none (any more) */
  int control;          /* -1 for a further process */
  int pidfd;            /* of the program itself, -1 when unknown */
  pid_t pid;            /* the same as a number, 0 when unknown */
  bool staged;          /* a stage or a template has told its supervisor's pid */
  bool init;            /* the supervisor is pid 1: killing it kills all */
  bool probe;
  bool waits; /* for SJ_GO */
  struct sj_sources *sources; /* of one that waits: what it is made of; NULL for others */
  bool serves; /* its supervisor runs programs of SJ_EXEC, though there is no main one yet */
  bool parked; /* its program's process is there, and hears of the program from Java itself */
  bool paused;
  bool fixed; /* it has paused, and is its owner's: what it is made of may have changed since */
  bool started;
  bool killed; /* on request */
  uint64_t started_at;
  uint64_t kill_deadline; /* when a supervisor that was asked to end everything is killed itself; 0 none */
  struct sj_cgroup cgroup;
  struct sj_plan_entry *plan; /* NULL for a further process */
  uint64_t timeout;  /* ns, as are the next two; 0 none */
  uint64_t cpu_time;
  uint64_t grace;
  int stop_signal; /* that begins the grace */
  uint64_t time_up;  /* when, by sj_now(); UINT64_MAX never */
  uint64_t cpu_look;
  uint64_t grace_up;
  uint32_t why;      /* SJ_WHY_*: what has ended it, on our side */
  bool told; /* Java knows the end already */
  int wait_status;
  struct rusage usage;
  uint16_t last_type; /* FAILED or EXITED, kept until everything is gone */
  size_t last_length;
  uint8_t *last;
};

struct sj_box *sj_new_box(uint64_t id);
struct sj_box *sj_find_box(uint64_t id);
struct sj_box *sj_find_box_by_pid(pid_t pid);
void sj_note_pid(const struct sj_box *b, pid_t pid); /* so that it is found without a walk over all */
void sj_remove_box(struct sj_box *b); /* closes and frees */
/* Calls back for every box; the callback may remove the box it is given. */
void sj_each_box(void (*visit)(struct sj_box *, void *), void *data);
unsigned sj_box_count(void);

#endif
