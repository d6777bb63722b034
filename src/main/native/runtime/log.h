/* Where a command says what has failed: standard error, and the file of --log, as engines read it. */
#ifndef SJ_RUNTIME_LOG_H
#define SJ_RUNTIME_LOG_H

#include <stdbool.h>

/* `path` may be NULL. 0, or -1 after it was said. */
int sj_log_open(const char *path, bool json, bool debug);
/* Returns -1, so that callers can `return sj_error(...)`. */
int sj_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sj_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sj_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What errno says, as messages have it: without a capital at its beginning. */
const char *sj_reason(int error);

#endif
