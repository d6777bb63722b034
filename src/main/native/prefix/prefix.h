/*
 * sandjar-run: carries out a policy that was frozen (protocol/frozen.h) for one program, without Java. It does what Java does for a start,
 * by what the file says, with a launcher of its own as its child, which ends with it however it ends.
 */
#ifndef SJ_PREFIX_PREFIX_H
#define SJ_PREFIX_PREFIX_H

/* `launch` becomes the launcher whose other side is `socket`, and returns its exit status. */
int sj_prefix(int argc, char **argv, int (*launch)(int socket));

#endif
