/* Files of procfs and cgroupfs, whose contents the kernel makes when they are read. */
#ifndef SJ_KERNEL_PROCFS_H
#define SJ_KERNEL_PROCFS_H

#include <stdbool.h>
#include <stddef.h>

/* Writes a whole value to a file of procfs. 0, or -1 with errno. */
int sj_write_proc(int proc, const char *path, const char *value);
/* The content of a file from its beginning, as a string of at most size - 1 bytes; false if it can't be read. */
bool sj_read_text(int fd, char *text, size_t size);

#endif
