/* Children of the launcher that it does not know: orphans, and supervisors that are yet to be named. */
#ifndef SJ_LAUNCHER_STRANGERS_H
#define SJ_LAUNCHER_STRANGERS_H

#include <stdint.h>
#include <sys/types.h>

/* When this one was seen first, by sj_now(): now, if it never was. */
uint64_t sj_stranger_since(pid_t pid);
void sj_forget_stranger(pid_t pid); /* it is reaped: its number may be another's */

#endif
