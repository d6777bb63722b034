/* The process above a sandbox's programs: pid 1 of its pid namespace, or a sub-reaper where there is none. */
#ifndef SJ_SETUP_SUPERVISOR_H
#define SJ_SETUP_SUPERVISOR_H

#include <sys/resource.h>

#include "program/context.h"
#include "protocol/transport.h"

/* Message types on the control socket between supervisor (or its stage) and launcher, beside those of protocol.h. */
#define SJ_EXITED_ALONE 902 /* EXITED, and no other process of the sandbox is left */
#define SJ_ENTRY 903 /* to the supervisor: u32 whether the first descriptor is for CLONE_INTO_CGROUP; the others are for writing "0" */
#define SJ_LAYERS 906 /* from a template to its clone, whose id maps are there: descriptors, see layers.h */
#define SJ_STAGED 901 /* u32 pid of the supervisor, in the launcher's pid namespace */

/* How much of /proc/net/dev goes with EXITED. */
enum { SJ_NETWORK_TEXT = 4096 };

/* `sync` (or -1) gives a byte once the id maps are written. */
_Noreturn void sj_supervise(struct sj_context *c, int sync);

/* The operation of protocol.h. */
int sj_do_pause(struct sj_context *c, const struct sj_op *op);

/* The body of EXITED. */
void sj_put_exit(struct sj_writer *w, int wait_status, uint64_t wall, const struct rusage *usage);

#endif
