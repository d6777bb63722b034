/* What the processes of the launcher say to each other, beside the messages of protocol.h. Java never sees any of it. */
#ifndef SJ_PROTOCOL_INTERNAL_H
#define SJ_PROTOCOL_INTERNAL_H

/* Message types on the control socket between supervisor (or outer helper, or template) and launcher. */
#define SJ_FAULT_MESSAGE 900 /* see kernel/fault.h */
#define SJ_SUPERVISOR_PID 901        /* u32 pid of the supervisor, in the launcher's pid namespace */
#define SJ_EXITED_ALONE 902  /* EXITED, and no other process of the sandbox is left */
#define SJ_ENTRY 903 /* to the supervisor: u32 whether the first descriptor is for CLONE_INTO_CGROUP; the others are for writing "0" */
#define SJ_LAYERS 906 /* from a template to its clone, whose id maps are there: descriptors, see setup/layers.h */

/* On the channel between a supervisor and the relay of its sandbox. */
#define SJ_LISTENING 907  /* id = number of a LISTEN; descriptor: its socket */
#define SJ_REACH_FOR 908 /* to the supervisor: id = what the relay calls it; u32 number of a REACH */
#define SJ_REACHED 909   /* the same id; u32 errno; descriptor, if that is 0: a socket that is connected, or about to be */

/* How much of /proc/net/dev goes with EXITED. */
enum { SJ_NETWORK_TEXT = 4096 };

#endif
