/* What the command says on standard error. */
#ifndef SJ_PREFIX_WORDS_H
#define SJ_PREFIX_WORDS_H

/* As env(1) and timeout(1) have it: of the command itself, of a program that can't be executed, of one that is not there. */
enum { SJ_EXIT_OWN = 125, SJ_EXIT_REFUSED = 126, SJ_EXIT_MISSING = 127 };

/* Returns -1, so that callers can `return sj_complain(...)`. */
int sj_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
