/* Whether this host is the one that a policy was frozen for. */
#ifndef SJ_PREFIX_HOST_H
#define SJ_PREFIX_HOST_H

#include "protocol/frozen.h"

/* 0, or -1 after it was said what is different. */
int sj_check_host(const struct sj_frozen *f, const char *file);

#endif
