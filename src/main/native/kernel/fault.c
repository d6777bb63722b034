#define _GNU_SOURCE
#include "kernel/fault.h"

#ifdef SJ_FAULT_INJECT

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/internal.h"
#include "protocol/transport.h"

static struct {
  atomic_uint reached; /* by all processes together */
  unsigned wanted;
  enum { JVM, LAUNCHER, SUPERVISOR, WATCHES, EVENTS, LATE, SILENT } victim;
  pid_t jvm;
  pid_t launcher;
} *fault;

void sj_fault_init(void) {
  const char *text = getenv("SANDJAR_FAULT");
  if (text == NULL)
    return;
  fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (fault == MAP_FAILED)
    abort();
  char *rest;
  fault->wanted = (unsigned)strtoul(text, &rest, 10);
  static const char *const names[] = {":jvm", ":launcher", ":supervisor", "watches", "events", "late", "silent"};
  fault->victim = SUPERVISOR;
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(rest, names[i]) == 0)
      fault->victim = i;
  fault->jvm = getppid();
  fault->launcher = getpid();
}

static int hit(void) {
  return fault != NULL && atomic_fetch_add(&fault->reached, 1) + 1 == fault->wanted;
}

void sj_fault_now(pid_t supervisor) {
  switch (fault->victim) {
  case JVM:
    if (getppid() == fault->jvm)
      kill(fault->jvm, SIGKILL);
    break;
  case LAUNCHER:
    kill(getpid(), SIGKILL);
    break;
  case SUPERVISOR:
  default:
    if (supervisor > 0)
      kill(supervisor, SIGKILL);
    break;
  }
}

static int without(unsigned victim) {
  if (fault == NULL || fault->victim != victim)
    return 0;
  errno = ENOSPC;
  return -1;
}

int sj_fault_watch(void) {
  return without(WATCHES);
}

int sj_fault_events(void) {
  return without(EVENTS);
}

/* Nothing is waited for: what is tested has to be right whatever comes first. Who is told to end meanwhile ends. */
void sj_fault_late(int control) {
  enum { HALF_A_SECOND = 500 };
  struct pollfd end = {control, 0, 0};
  if (fault != NULL && (fault->victim == LATE || fault->victim == SILENT))
    poll(&end, 1, fault->victim == LATE ? HALF_A_SECOND : -1);
}

void sj_fault_launcher(pid_t supervisor) {
  if (hit())
    sj_fault_now(supervisor);
}

/* Numbers are distinguished from equal ones in a pid namespace by the parent, which is 0 or another there. */
static int is_launcher(void) {
  return getpid() == fault->launcher && getppid() == fault->jvm;
}

void sj_fault(int control) {
  if (!hit())
    return;
  if (is_launcher()) {
    sj_fault_now(-1); /* it can't wait for itself */
    return;
  }
  if (sj_send(control, SJ_FAULT_MESSAGE, 0, NULL, 0, NULL, 0) != 0)
    return;
  struct pollfd end = {control, 0, 0};
  poll(&end, 1, -1);
}

#else
typedef int sj_no_fault; /* ISO C wants a declaration in every file */
#endif
