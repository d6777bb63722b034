/* JSON text under construction. Of bytes that are not UTF-8 each becomes U+FFFD. */
#ifndef SJ_RUNTIME_JSON_H
#define SJ_RUNTIME_JSON_H

#include <stddef.h>
#include <stdio.h>

struct sj_json {
  FILE *out;
  char *text;
  size_t size;
};

/* Ends the process where there is no memory. */
void sj_json_begin(struct sj_json *j);
void sj_json_raw(struct sj_json *j, const char *text);
void sj_json_text(struct sj_json *j, const char *text); /* as a string, in quotes */
void sj_json_number(struct sj_json *j, long long number);
/* The text so far, which the caller frees; nothing can be added afterwards. */
char *sj_json_end(struct sj_json *j);
/* Writes all of it in one call, and frees it. */
void sj_json_write(struct sj_json *j, int fd);

#endif
