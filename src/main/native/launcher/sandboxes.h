/* The launcher's books: which sandboxes and plans there are. */
#ifndef SJ_LAUNCHER_SANDBOXES_H
#define SJ_LAUNCHER_SANDBOXES_H

#include <sys/resource.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "launcher/plans.h"


struct sj_sandbox {
  struct sj_sandbox *next; /* in its bucket */
  uint64_t id;
  struct sj_sandbox *owner; /* of an exec'd process: the sandbox it runs in */
  unsigned execed; /* processes that have this one for their owner */
  pid_t supervisor;     /* -1 until known */
  pid_t template;       /* to which the start was left, until the supervisor's pid is known; else -1 */
  pid_t outer_helper;   /* -1 when there is none (any more) */
  int control;          /* -1 for an exec'd process */
  int pidfd;            /* of the program itself, -1 when unknown */
  pid_t pid;            /* the same as a number, 0 when unknown */
  bool supervisor_known; /* an outer helper or a template has reported its pid */
  bool init;            /* the supervisor is pid 1: killing it kills all */
  bool probe;
  bool awaits_run; /* prepared, or being so: SJ_RUN comes later */
  bool serves; /* its supervisor runs programs of SJ_EXEC, though there is no main one yet */
  bool warm; /* its program's process is there, and gets its program from Java itself */
  bool paused;
  bool started;
  bool killed; /* on request */
  uint64_t begun; /* when its supervisor was not there yet, by sj_now() */
  uint64_t started_at;
  uint64_t kill_deadline; /* when a supervisor that was asked to end everything is killed itself; 0 none */
  struct sj_cgroup cgroup;
  struct sj_plan_entry *plan; /* NULL for an exec'd process */
  uint64_t timeout;  /* ns, as are the next two; 0 none */
  uint64_t cpu_time;
  uint64_t grace;
  int stop_signal; /* that begins the grace */
  uint64_t time_up;  /* when, by sj_now(); UINT64_MAX never */
  uint64_t cpu_look;
  uint64_t grace_up;
  uint32_t why;      /* SJ_WHY_*: what has ended it, on our side */
  bool reported; /* Java has the exit report already */
  int wait_status;
  struct rusage usage;
  uint16_t last_type; /* FAILED or EXITED, kept until everything is gone */
  size_t last_length;
  uint8_t *last;
};

struct sj_sandbox *sj_new_sandbox(uint64_t id);
struct sj_sandbox *sj_find_sandbox(uint64_t id);
struct sj_sandbox *sj_find_sandbox_by_pid(pid_t pid);
void sj_note_pid(const struct sj_sandbox *b, pid_t pid); /* so that it is found without a walk over all */
void sj_remove_sandbox(struct sj_sandbox *b); /* closes and frees */
/* Calls back for every sandbox; the callback may remove the sandbox it is given. */
void sj_each_sandbox(void (*visit)(struct sj_sandbox *, void *), void *data);
unsigned sj_sandbox_count(void);

#endif
