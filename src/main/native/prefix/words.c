#define _GNU_SOURCE
#include "prefix/words.h"

#include <stdarg.h>
#include <stdio.h>

int sj_complain(const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "sandjar-run: %s\n", text);
  return -1;
}
