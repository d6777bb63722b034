#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/command.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/status.h"

int sj_state(const struct sj_command *o) {
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0)
    return 1;
  char *json = sj_state_json(&c, sj_container_status(&c), c.state.pid, true);
  puts(json);
  free(json);
  return 0;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, ended by NULL. */
static char **ids(int root) {
  size_t n = 0, room = 16;
  char **all = calloc(room, sizeof *all);
  int fd = root < 0 ? -1 : dup(root);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  for (struct dirent *e; list != NULL && all != NULL && (e = readdir(list)) != NULL;) {
    if (!sj_is_id(e->d_name))
      continue;
    if (n + 1 == room)
      all = realloc(all, (room *= 2) * sizeof *all);
    if (all != NULL)
      all[n++] = strdup(e->d_name);
  }
  if (list != NULL)
    closedir(list);
  if (all == NULL)
    abort();
  all[n] = NULL;
  qsort(all, n, sizeof *all, by_name);
  return all;
}

static void print_row(struct sj_container *c, enum sj_status status) {
  char when[32];
  struct tm parts;
  time_t at = (time_t)c->state.at;
  gmtime_r(&at, &parts);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
  printf("%-11s %-11d %-11s %s   %s   %u\n", c->id, status == SJ_STOPPED ? 0 : (int)c->state.pid, sj_status_name(status),
         c->has_compiled ? c->compiled.bundle : "", when, c->state.owner);
}

int sj_list(const struct sj_command *o) {
  int root = sj_root_open(o->root, false);
  char **all = ids(root);
  bool first = true;
  if (o->json && !o->quiet)
    putchar('[');
  else if (!o->quiet)
    printf("%-11s %-11s %-11s %s   %s   %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
  for (char **id = all; *id != NULL; id++) {
    struct sj_container c;
    if (sj_container_open(&c, root, *id, true) != 0)
      continue; /* deleted meanwhile */
    enum sj_status status = sj_container_status(&c);
    if (o->quiet) {
      puts(*id);
    } else if (o->json) {
      char *json = sj_state_json(&c, status, c.state.pid, true);
      printf("%s%s", first ? "" : ",", json);
      free(json);
    } else {
      print_row(&c, status);
    }
    first = false;
    close(c.dir);
  }
  if (o->json && !o->quiet)
    puts("]");
  return 0;
}
