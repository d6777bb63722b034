/* Keeping descriptors where they belong. */
#ifndef SJ_DESCRIPTORS_H
#define SJ_DESCRIPTORS_H

/* Internal descriptors live at and above this number, out of the way of those that a payload is to get. */
#define SJ_HIGH_FD 256

/* Moves *fd to SJ_HIGH_FD or above, close-on-exec. 0, or -1 with errno. */
int sj_raise(int *fd);
/* Closes every descriptor at or above `low` but those of `keep` (n of them, any order). 0, or -1 with errno: never partly silent. */
int sj_close_others(int proc, int low, const int *keep, unsigned n);

#endif
