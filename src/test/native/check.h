/* What the unit tests share: a failed check ends the program with the place. */
#ifndef SJ_CHECK_H
#define SJ_CHECK_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                             \
  do {                                                                                                               \
    if (!(condition)) {                                                                                              \
      fprintf(stderr, "%s:%d: %s: not so: %s (errno %d)\n", __FILE__, __LINE__, __func__, #condition, errno);        \
      exit(1);                                                                                                       \
    }                                                                                                                \
  } while (0)

#endif
