#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/command.h"
#include "runtime/java.h"
#include "runtime/log.h"
#include "runtime/sealed.h"

/* Java writes the files of engines: it has the readers of their forms. */
static int hand_over(const struct sj_command *o, const char *action) {
  static struct sj_java java;
  const char *self = sj_own_path();
  if (self == NULL)
    return sj_error("read /proc/self/exe: %s", sj_reason(errno)), 1;
  if (sj_java_read(&java) != 0)
    return 1;
  sj_java_without_archive(&java);
  const char **all = calloc((size_t)java.n + (size_t)o->nwords + 8, sizeof *all);
  if (all == NULL)
    abort();
  memcpy(all, java.words, java.n * sizeof *all);
  unsigned k = java.n;
  all[k++] = action;
  all[k++] = self;
  all[k++] = o->print ? "print" : "write";
  all[k++] = o->name == NULL ? "sandjar" : o->name;
  all[k++] = o->etc == NULL ? "/etc" : o->etc;
  for (int i = 0; i < o->nwords; i++)
    all[k++] = o->all_words[i];
  all[k] = NULL;
  execve(all[0], (char **)(uintptr_t)all, environ);
  return sj_error("start Java: %s: %s", all[0], sj_reason(errno)), 1;
}

int sj_install(const struct sj_command *o) {
  return hand_over(o, "install");
}

int sj_uninstall(const struct sj_command *o) {
  return hand_over(o, "uninstall");
}
