#define _GNU_SOURCE
#include "setup/file_system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/syscalls.h"

static void close_keeping_errno(int fd) {
  int saved = errno;
  close(fd);
  errno = saved;
}

/* What is refused, and in the next line what the kernel has to say of it, which it tells to whoever reads the descriptor. */
static int refused(struct sj_context *c, int fs, const char *call, const char *what) {
  int error = errno;
  char text[512], word[256];
  int n = snprintf(text, sizeof text, "%s", what);
  for (ssize_t got; n > 0 && (size_t)n < sizeof text && (got = read(fs, word, sizeof word - 1)) > 2;) {
    word[got] = 0;
    word[strcspn(word, "\n")] = 0;
    if (word[0] == 'e' && word[1] == ' ')
      n += snprintf(text + n, sizeof text - (size_t)n, "\n%s", word + 2);
  }
  close(fs);
  errno = error;
  return sj_fail(c, call, text);
}

/* The kernel takes NULL better than "" as data, so empty values become flags. */
static int configure(struct sj_context *c, int fs, const char *key, const char *value) {
  bool flag = *value == 0;
  if (sj_fsconfig(fs, flag ? SJ_FSCONFIG_FLAG : SJ_FSCONFIG_STRING, key, flag ? NULL : value, 0) == 0)
    return 0;
  int error = errno;
  char option[384];
  snprintf(option, sizeof option, flag ? "%s" : "%s=%s", key, value);
  errno = error;
  return refused(c, fs, "fsconfig", option);
}

int sj_new_file_system(struct sj_context *c, const char *type, uint64_t attributes, const struct sj_strv *options) {
  int fs = sj_fsopen(type, 1 /* FSOPEN_CLOEXEC */);
  if (fs < 0)
    return sj_fail(c, "fsopen", type);
  for (uint32_t i = 0; i + 1 < options->count; i += 2)
    if (configure(c, fs, options->items[i], options->items[i + 1]) != 0)
      return -1;
  if (sj_fsconfig(fs, SJ_FSCONFIG_CREATE, NULL, NULL, 0) != 0)
    return refused(c, fs, "fsconfig(CREATE)", type);
  int mnt = sj_fsmount(fs, 1 /* FSMOUNT_CLOEXEC */, (unsigned)attributes);
  close_keeping_errno(fs);
  return mnt < 0 ? sj_fail(c, "fsmount", type) : mnt;
}
