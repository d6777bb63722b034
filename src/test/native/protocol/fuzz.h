/* For fuzz targets: makes the sanitizers look at what a decoder promises. */
#ifndef SJ_FUZZ_H
#define SJ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "protocol/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

/* Reads to its end what was promised to be whole, and insists that it lies inside the message. */
static inline void touch(const char *text, const uint8_t *data, size_t size) {
  if (text == NULL)
    return;
  size_t n = strlen(text);
  if (n > 0 && ((const uint8_t *)text < data || (const uint8_t *)text + n >= data + size))
    abort();
  touched += n;
}

static inline void touch_all(const struct sj_strv *list, const uint8_t *data, size_t size) {
  for (uint32_t i = 0; i < list->count; i++)
    touch(list->items[i], data, size);
  if (list->items != NULL && list->items[list->count] != NULL)
    abort();
}

#endif
