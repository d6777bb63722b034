/* A copy of this program in memory that nobody can change: whoever comes to have the program's file open, for /proc/PID/exe leads to it from
   every mount namespace, could write to the file. */
#ifndef SJ_KERNEL_SEALED_H
#define SJ_KERNEL_SEALED_H

#include <stdbool.h>

/* The program that this process executes; -1 with errno. */
int sj_open_self(void);
/* Nobody else has such a copy: it was given to this process by sj_sealed_copy. */
bool sj_is_sealed(int self);
/* A new one, under a name for people; -1 with errno. */
int sj_sealed_copy(int self, const char *name);

#endif
