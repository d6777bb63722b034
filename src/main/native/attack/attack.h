/*
 * Attacks on the sandbox that this program runs in, harmless ones: each stops at "I could". Host-side canaries (a file, a process, sockets,
 * a word of the environment) come as arguments. See main.c for how a probe is run and what it prints.
 */
#ifndef SJ_ATTACK_H
#define SJ_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

enum outcome { CONTAINED, EXPOSED, NOT_APPLICABLE, NOT_ATTEMPTED };

struct canaries {
  const char *file;     /* path of a file on the host that holds `word` */
  const char *word;     /* what nobody inside may find */
  const char *abstract; /* name of an abstract socket */
  const char *path;     /* a pathname socket */
  const char *allowed;  /* NAME:PORT that a rule lets through, and :PORT:ADDRESS that none does */
  int pid;              /* a process of the host */
  int victim;           /* another one, which may be killed */
  int port;             /* of TCP, on the host's loopback */
};

extern struct canaries canary;

/* What to tell; printf-like. Returns the outcome, so that probes can `return tell(...)`. */
enum outcome tell(enum outcome outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The call is EXPOSED if it succeeded, or failed for another reason than that it is forbidden or not there. */
enum outcome outcome_of(const char *call, long result);
/* EXPOSED only if it succeeded. */
enum outcome judge_success(const char *call, long result);

/* Whether somebody listens there, for whom a few seconds are waited; address is an in_addr or an in6_addr. */
bool tcp_reaches(int family, const void *address, int port);

/* Whether the process that is there to be killed lives, as far as its /proc can be seen; a stranger that has its number inside is none. */
bool victim_lives(void);

struct probe {
  const char *name;
  enum outcome (*run)(void);
};

extern const struct probe descriptor_probes[], mount_probes[], namespace_probes[], kernel_probes[], process_probes[], network_probes[], grade_probes[],
    set_id_probes[], surface_probes[], counter_probes[], neighbour_probes[], notice_probes[], tracing_probes[];

void print_facts(void);

/* The other side: listens on what the canaries name, prints "ready PORT VICTIM", and ends with its standard input. */
int serve(void);

#endif
