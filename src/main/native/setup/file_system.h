#ifndef SJ_SETUP_FILE_SYSTEM_H
#define SJ_SETUP_FILE_SYSTEM_H

#include "program/context.h"

/* A configured file system as a detached mount: its descriptor, or -1 after sj_fail. */
int sj_new_file_system(struct sj_context *c, const char *type, uint64_t attributes, const struct sj_strv *options);

#endif
