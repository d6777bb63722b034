/*
 * Deaths on demand, for tests: in a build with SJ_FAULT_INJECT the variable SANDJAR_FAULT=N:VICTIM kills VICTIM (jvm, launcher or
 * supervisor) when the N-th step of the launcher's life is reached, in whichever process. A process inside a pid namespace can't
 * signal outwards, so it asks the launcher and waits. SANDJAR_FAULT=watches lets no sandbox be watched, as where the user has used
 * fs.epoll.max_user_watches up, and SANDJAR_FAULT=events not even the launcher's own descriptors; SANDJAR_FAULT=late has each supervisor tell of its program's start half a second later, as where it gets
 * no processor, and SANDJAR_FAULT=silent never. In other builds all of this is nothing.
 */
#ifndef SJ_KERNEL_FAULT_H
#define SJ_KERNEL_FAULT_H

#include <sys/types.h>

#ifdef SJ_FAULT_INJECT
void sj_fault_init(void);
void sj_fault(int control);               /* a step outside the launcher */
void sj_fault_launcher(pid_t supervisor); /* a step of the launcher itself */
int sj_fault_watch(void);                 /* -1 with errno, if one can't be had */
int sj_fault_events(void);                /* the same for the launcher's own */
void sj_fault_late(int control);          /* before a supervisor tells of a start */
void sj_fault_now(pid_t supervisor);      /* what a SJ_FAULT_MESSAGE asks for */
#else
static inline void sj_fault_init(void) {}
static inline void sj_fault(int control) {
  (void)control;
}
static inline void sj_fault_launcher(pid_t supervisor) {
  (void)supervisor;
}
static inline void sj_fault_late(int control) {
  (void)control;
}
static inline int sj_fault_watch(void) {
  return 0;
}
static inline int sj_fault_events(void) {
  return 0;
}
#endif

#endif
