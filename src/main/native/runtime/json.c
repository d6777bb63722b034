#define _GNU_SOURCE
#include "runtime/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sj_json_begin(struct sj_json *j) {
  j->text = NULL;
  j->size = 0;
  j->out = open_memstream(&j->text, &j->size);
  if (j->out == NULL)
    abort();
}

void sj_json_raw(struct sj_json *j, const char *text) {
  fputs(text, j->out);
}

void sj_json_number(struct sj_json *j, long long number) {
  fprintf(j->out, "%lld", number);
}

/* How many bytes the character has that begins here; 0 if none does. */
static unsigned length_of(const unsigned char *s) {
  unsigned n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
  for (unsigned i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  bool wide = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
  return wide ? 0 : n;
}

void sj_json_text(struct sj_json *j, const char *text) {
  fputc('"', j->out);
  for (const unsigned char *s = (const unsigned char *)text; *s != 0;) {
    unsigned n = length_of(s);
    if (n == 0) {
      fputs("\\ufffd", j->out);
      n = 1;
    } else if (*s == '"' || *s == '\\') {
      fprintf(j->out, "\\%c", *s);
    } else if (*s < 0x20 || *s == 0x7f) {
      fprintf(j->out, "\\u%04x", *s);
    } else {
      fwrite(s, 1, n, j->out);
    }
    s += n;
  }
  fputc('"', j->out);
}

char *sj_json_end(struct sj_json *j) {
  if (fclose(j->out) != 0)
    abort();
  return j->text;
}

void sj_json_write(struct sj_json *j, int fd) {
  char *text = sj_json_end(j);
  (void)!write(fd, text, strlen(text)); /* nobody is left to be told */
  free(text);
}
