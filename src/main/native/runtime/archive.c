/*
 * An archive of classes, which has Java start in half of the time. The first run makes it when it ends. It is kept for this Java and
 * these jars: its name is made of what they are, so that another of either makes another archive. Java itself looks at both again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/java.h"
#include "runtime/log.h"

static void add(uint64_t *key, const void *data, size_t size) {
  for (const unsigned char *p = data; size > 0; p++, size--)
    *key = (*key ^ *p) * UINT64_C(1099511628211);
}

static void add_file(uint64_t *key, const char *path) {
  struct stat st;
  if (stat(path, &st) != 0)
    return;
  const int64_t facts[] = {(int64_t)st.st_dev, (int64_t)st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
  add(key, facts, sizeof facts);
}

/* Every word, and every file that one names, alone or in a list. */
static uint64_t key_of(const struct sj_java *java) {
  uint64_t key = UINT64_C(14695981039346656037);
  char real[PATH_MAX], modules[PATH_MAX + 32];
  for (unsigned i = 0; i < java->n; i++) {
    add(&key, java->words[i], strlen(java->words[i]) + 1);
    for (const char *at = java->words[i]; *at != 0;) {
      size_t n = strcspn(at, ":");
      char *file = strndup(at, n > 2 && strncmp(at + n - 2, "/*", 2) == 0 ? n - 1 : n);
      if (file == NULL)
        abort();
      add_file(&key, file);
      free(file);
      at += n + (at[n] == ':');
    }
  }
  if (realpath(java->words[0], real) != NULL) {
    char *slash = strrchr(real, '/');
    snprintf(modules, sizeof modules, "%.*s/../lib/modules", (int)(slash - real), real);
    add_file(&key, modules);
  }
  return key;
}

/* A directory of this user's, into which nobody else can put anything: what is in an archive is run. -1 if there is none. */
static int open_cache(char *path, size_t room) {
  const char *named = secure_getenv("SANDJAR_OCI_CACHE"), *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
  struct stat st;
  if (named != NULL)
    snprintf(path, room, "%s", named);
  else if (geteuid() == 0)
    snprintf(path, room, "/var/cache/sandjar");
  else if (cache != NULL && cache[0] == '/')
    snprintf(path, room, "%s/sandjar", cache);
  else if (home != NULL && home[0] == '/')
    snprintf(path, room, "%s/.cache/sandjar", home);
  else
    return -1;
  (void)mkdir(path, 0700); /* whether it is there shows next */
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 022) != 0)) {
    sj_debug("no archive of classes in %s, which others may write to", path);
    close(fd);
    fd = -1;
  }
  return fd;
}

static char *joined(const char *a, const char *b) {
  char *out;
  if (asprintf(&out, "%s%s", a, b) < 0)
    abort();
  return out;
}

/* One at a time makes it; whoever comes meanwhile does without. */
static const char *make(struct sj_java *java, int cache, char *path) {
  java->lock = openat(cache, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (java->lock < 0 || flock(java->lock, LOCK_EX | LOCK_NB) != 0)
    return NULL;
  java->archive = path;
  java->unfinished = joined(path, ".new");
  (void)unlink(java->unfinished);
  return joined("-XX:ArchiveClassesAtExit=", java->unfinished);
}

const char *sj_archive_word(struct sj_java *java) {
  char directory[PATH_MAX], name[40];
  struct stat st;
  int cache = open_cache(directory, sizeof directory);
  if (cache < 0)
    return NULL;
  snprintf(name, sizeof name, "/%016" PRIx64 ".jsa", key_of(java));
  char *path = joined(directory, name);
  const char *word = NULL;
  if (fstatat(cache, name + 1, &st, AT_SYMLINK_NOFOLLOW) != 0)
    word = make(java, cache, path);
  else if (st.st_size > 0 && S_ISREG(st.st_mode))
    word = joined("-XX:SharedArchiveFile=", path); /* an empty one: this Java can't make any */
  close(cache);
  return word;
}

void sj_java_end(struct sj_java *java, bool good) {
  if (java->archive == NULL)
    return;
  if (good && rename(java->unfinished, java->archive) != 0) {
    int none = open(java->archive, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (none >= 0)
      close(none);
  } else if (!good) {
    (void)unlink(java->unfinished);
  }
  java->archive = NULL;
  close(java->lock);
}

void sj_java_without_archive(struct sj_java *java) {
  sj_java_end(java, false);
  for (unsigned i = 0; i < java->n; i++)
    if (strncmp(java->words[i], "-XX:ArchiveClassesAtExit=", 25) == 0)
      memmove(java->words + i, java->words + i + 1, (--java->n - i) * sizeof *java->words);
}
