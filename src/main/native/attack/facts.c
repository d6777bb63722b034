#define _GNU_SOURCE
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What can be counted from inside. */

enum { ENTRIES_MAX = 60000, DEPTH_MAX = 12 };

static int seen, writable;
static char example[4096];

static void walk(const char *directory, int depth) {
  DIR *d = opendir(directory);
  if (d == NULL)
    return;
  for (struct dirent *e; seen < ENTRIES_MAX && (e = readdir(d)) != NULL;) {
    char path[4096];
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || e->d_type == DT_LNK)
      continue;
    seen++;
    snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
    if (e->d_type == DT_DIR && depth < DEPTH_MAX)
      walk(path, depth + 1);
    struct stat st;
    /* access asks the mount too, but not the handler of a setting; a mode without any w says that nobody may. */
    if (e->d_type == DT_REG && stat(path, &st) == 0 && (st.st_mode & 0222) != 0 && access(path, W_OK) == 0) {
      if (writable++ == 0)
        memcpy(example, path, sizeof example);
    }
  }
  closedir(d);
}

static int numbers_in(const char *directory) {
  DIR *d = opendir(directory);
  int n = 0;
  if (d == NULL)
    return -1;
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    n += isdigit((unsigned char)e->d_name[0]) != 0;
  closedir(d);
  return n;
}

static void interfaces(void) {
  char line[512];
  FILE *f = fopen("/proc/self/net/dev", "re");
  for (int i = 0; f != NULL && fgets(line, sizeof line, f) != NULL; i++) {
    char *colon = strchr(line, ':');
    if (i < 2 || colon == NULL)
      continue;
    *colon = 0;
    printf("fact\tinterface\t%s\n", line + strspn(line, " "));
  }
  if (f != NULL)
    fclose(f);
}

void print_facts(void) {
  int open = 0;
  walk("/proc/sys", 0);
  walk("/sys", 0);
  for (int fd = 0; fd < 4096; fd++)
    open += fcntl(fd, F_GETFD) >= 0;
  printf("fact\tprocesses\t%d\n", numbers_in("/proc"));
  printf("fact\twritable-kernel-files\t%d\n", writable);
  if (writable > 0)
    printf("fact\twritable-kernel-file\t%s\n", example);
  printf("fact\tdescriptors\t%d\n", open);
  interfaces();
  fflush(stdout);
}
