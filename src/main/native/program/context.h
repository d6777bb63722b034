/* What the processes of one start share: its plan, its request, its descriptors, and how it failed. Inherited by fork, never sent. */
#ifndef SJ_PROGRAM_CONTEXT_H
#define SJ_PROGRAM_CONTEXT_H

#include <sys/types.h>

#include "protocol/decode.h"

struct sj_step {
  uint16_t section;
  uint16_t opcode;
  uint32_t index;
  uint64_t ns;
};

/* How a program failed that can't say so itself any more: its filter may refuse sendmsg. The texts are the supervisor's too. */
struct sj_last_words {
  uint16_t section;
  uint16_t opcode;
  uint32_t index;
  int error;
  uint64_t detail;
  const char *call;
  const char *what;
};

/* In memory shared between supervisor and program. */
struct sj_trace {
  volatile uint32_t spoken; /* last_words are there, and nobody has sent them yet */
  struct sj_last_words last_words;
  volatile uint32_t failed; /* a FAILED message is already on its way */
  volatile uint32_t ready;  /* a probe reached its end */
  volatile uint64_t executing_at; /* when a warm process was about to execute its program, by sj_now(); 0 not yet */
  volatile int network;     /* descriptor of the new network namespace, -1 until it is there */
  volatile uint32_t count;
  uint32_t capacity;
  uint64_t last;
  struct sj_step step[];
};

/* How a program gets into its cgroups: descriptors that its supervisor is sent once they are there. */
struct sj_entry {
  int files[SJ_HIERARCHIES_MAX]; /* each is written "0" by the program itself */
  uint32_t nfiles;
  int into; /* a directory for CLONE_INTO_CGROUP, or -1 */
  bool known; /* they have come, or there are none */
};

/* A mount at a path that others are placed below: what the kernel says of its root. */
struct sj_mounted {
  const char *path;
  dev_t dev;
  ino_t ino;
};

enum { SJ_OWN_MAX = 64, SJ_FURTHER_MAX = 4, SJ_MOUNTED_MAX = 64 };

enum sj_part { SJ_WHOLE = 0, SJ_SHARED_PART, SJ_PER_SANDBOX_PART };

struct sj_supervisor;
struct sj_context;

struct sj_context {
  uint64_t id;
  const struct sj_plan *plan;
  const struct sj_start *start;
  const int *plan_fds;
  uint32_t nplan_fds;
  int fds[SJ_FDS_MAX]; /* as passed, in the order of start->targets */
  int network;         /* namespace of SJ_START_NETWORK, which nobody but the outer helper holds; -1 without one */
  int network_owner;   /* the same of SJ_START_NETWORK_OWNER */
  int control;         /* socket to the launcher */
  int launcher_end;    /* the other end, closed on this side of the fork */
  pid_t above;         /* who makes a program, by the number that is its parent's; 0 from within another pid namespace */
  int proc;            /* a procfs, verified */
  int sysctl;          /* /proc/sys of the sandbox's own procfs, as it is before anything covers it; -1 without one */
  int root;            /* the root that guest paths are resolved beneath */
  unsigned root_depth; /* how many new roots lie on top of the old one */
  dev_t own[SJ_OWN_MAX]; /* file systems in memory that were mounted for the sandbox; nothing is known of any beyond */
  unsigned nown;
  struct sj_mounted mounted[SJ_MOUNTED_MAX];
  unsigned nmounted;
  int slots[SJ_SLOTS_MAX];
  struct sj_trace *trace;
  struct sj_entry entry;
  uint64_t received; /* when the request was read */
  pid_t network_helper; /* makes the network namespace; -1 when there is none (any more) */
  uint32_t network_index;
  int relay;  /* channel to the relay of the sandbox, -1 without one */
  int tracer; /* socket to the process that traces the program, -1 without one */
  /* Runs the operations of a section in order, SJ_OUTER and so on; 0, or -1 after sj_fail. Those of programs are among what setup/ knows. */
  int (*run_section)(struct sj_context *, unsigned section);
  int further[SJ_FURTHER_MAX]; /* descriptors that the set-up keeps open beside those it knows */
  unsigned nfurther;
  void (*inside)(struct sj_context *, int sync); /* what the clone does, as sj_supervise; NULL for that itself */
  struct sj_supervisor *supervisor; /* in which the set-up runs; NULL in a template */
  int (*pause)(struct sj_context *, const struct sj_op *); /* what the supervisor does for SJ_OP_PAUSE; NULL in a template */
  bool templated;    /* a clone of a template */
  enum sj_part part; /* of the set-up, that this process does */
  bool bounded;      /* the bounding set of capabilities is what programs get */
  bool execed;       /* a process started by SJ_EXEC: mounts of the PROCESS section are there already */
  /* where we are, for sj_fail */
  uint16_t section;
  uint16_t opcode;
  uint32_t index;
  bool absent; /* there was nothing to do it to */
};

/* Sends FAILED with the current place and errno; returns -1 so that callers can `return sj_fail(...)`. */
int sj_fail(struct sj_context *c, const char *call, const char *what);
int sj_fail_detail(struct sj_context *c, const char *call, const char *what, uint64_t detail);

/* The same for a program under a filter: its supervisor sends it (sj_pass_on). Makes no system call. */
int sj_fail_later(struct sj_context *c, const char *call, const char *what, uint64_t detail);
void sj_pass_on(struct sj_context *c);

void sj_at(struct sj_context *c, uint16_t section, uint16_t opcode, uint32_t index);
void sj_done(struct sj_context *c); /* records the time that the current place took */

int sj_new_trace(struct sj_context *c); /* 0, or -1 with errno */
void sj_restart_trace(struct sj_context *c); /* steps are counted from c->received */
void sj_free_trace(struct sj_context *c);

#endif
