#define _GNU_SOURCE
#include "runtime/java.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/container.h"
#include "runtime/log.h"
#include "runtime/sealed.h"

static const char PROGRAMS[] = "/usr/local/bin:/usr/bin:/bin";

static uint8_t *read_command(size_t *size, char *path, size_t room) {
  const char *named = secure_getenv("SANDJAR_OCI_JAVA_ARGS");
  if (named != NULL) {
    snprintf(path, room, "%s", named);
    return sj_read_file(AT_FDCWD, path, size);
  }
  const char *own = sj_own_path();
  if (own != NULL && snprintf(path, room, "%s", own) < (int)room) {
    char *slash = strrchr(path, '/');
    snprintf(slash, room - (size_t)(slash - path), "/java.args");
    uint8_t *text = sj_read_file(AT_FDCWD, path, size);
    if (text != NULL)
      return text;
  }
  snprintf(path, room, "/usr/lib/sandjar/java.args");
  return sj_read_file(AT_FDCWD, path, size);
}

static char *joined(const char *directory, size_t length, const char *name) {
  char *path;
  if (asprintf(&path, "%.*s/%s", (int)length, directory, name) < 0)
    abort();
  return path;
}

static const char *find_program(const char *name) {
  const char *path = getenv("PATH");
  for (unsigned round = 0; round < 2; round++) {
    for (const char *at = round == 0 ? path : PROGRAMS; at != NULL && *at != 0;) {
      size_t n = strcspn(at, ":");
      char *file = joined(at, n, name);
      if (n > 0 && at[0] == '/' && access(file, X_OK) == 0)
        return file;
      free(file);
      at += n + (at[n] == ':');
    }
  }
  return name;
}

int sj_java_read(struct sj_java *java) {
  size_t size;
  unsigned archive = SJ_JAVA_WORDS_MAX;
  memset(java, 0, sizeof *java);
  java->lock = -1;
  uint8_t *text = read_command(&size, java->file, sizeof java->file);
  if (text == NULL)
    return sj_error("no command for Java in %s: %s; it has one word a line, or SANDJAR_OCI_JAVA_ARGS names such a file", java->file,
                    sj_reason(errno));
  const char *slash = strrchr(java->file, '/');
  char *rest = NULL;
  text[size] = 0; /* sj_read_file leaves room */
  for (char *line = strtok_r((char *)text, "\n", &rest); line != NULL && java->n < SJ_JAVA_WORDS_MAX; line = strtok_r(NULL, "\n", &rest)) {
    if (line[0] == '#')
      continue;
    if (strcmp(line, "@archive") == 0)
      archive = java->n;
    java->words[java->n++] = strncmp(line, "./", 2) != 0 ? line
                             : slash == NULL             ? line + 2
                                                         : joined(java->file, (size_t)(slash - java->file), line + 2);
  }
  if (java->n == 0)
    return sj_error("%s has no word", java->file);
  if (strchr(java->words[0], '/') == NULL)
    java->words[0] = find_program(java->words[0]);
  if (archive < java->n) {
    const char *word = sj_archive_word(java);
    if (word != NULL)
      java->words[archive] = word;
    else
      memmove(java->words + archive, java->words + archive + 1, (--java->n - archive) * sizeof *java->words);
  }
  return 0;
}
