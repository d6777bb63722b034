#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "kernel/syscalls.h"
#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/stats.h"
#include "runtime/status.h"

enum { DEFAULT_INTERVAL_MS = 5000 };

static void print(const struct sj_container *c, const char *type) {
  struct sj_json j;
  sj_json_begin(&j);
  sj_json_raw(&j, "{\"type\":");
  sj_json_text(&j, type);
  sj_json_raw(&j, ",\"id\":");
  sj_json_text(&j, c->id);
  if (strcmp(type, "stats") == 0) {
    sj_json_raw(&j, ",\"data\":");
    sj_stats_json(&j, c);
  }
  sj_json_raw(&j, "}");
  char *line = sj_json_end(&j);
  puts(line);
  fflush(stdout);
  free(line);
}

/* As Go writes times: 5s, 500ms, 1m. -1 if it is none. */
static int milliseconds(const char *text) {
  char *unit;
  double value = strtod(text, &unit);
  double factor = strcmp(unit, "s") == 0 ? 1000 : strcmp(unit, "ms") == 0 ? 1 : strcmp(unit, "m") == 0 ? 60000 : strcmp(unit, "h") == 0 ? 3600000 : 0;
  bool good = unit != text && factor > 0 && value > 0 && value * factor >= 1 && value * factor < 1e9;
  return good ? (int)(value * factor) : -1;
}

/* Something that becomes ready when memory has run out: an eventfd for v1, memory.events for v2. -1 if there is neither. */
static int await_memory(const struct sj_container *c, short *events) {
  char line[64];
  int control = sj_cgroups_open(c, "memory.oom_control", O_RDONLY);
  if (control < 0) {
    *events = POLLPRI;
    return sj_cgroups_open(c, "memory.events", O_RDONLY);
  }
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int file = sj_cgroups_open(c, "cgroup.event_control", O_WRONLY);
  snprintf(line, sizeof line, "%d %d", fd, control);
  bool good = fd >= 0 && file >= 0 && write(file, line, strlen(line)) > 0;
  if (file >= 0)
    close(file);
  close(control);
  if (!good && fd >= 0)
    close(fd);
  *events = POLLIN;
  return good ? fd : -1;
}

/* How often memory has run out since the last look. */
static bool has_run_out(int fd, short events, uint64_t *before) {
  char text[1024];
  uint64_t count = 0;
  if (events == POLLIN)
    return read(fd, &count, sizeof count) == (ssize_t)sizeof count && count > 0;
  const char *at = sj_read_text(fd, text, sizeof text) ? strstr(text, "oom_kill ") : NULL;
  count = at == NULL ? *before : strtoull(at + 9, NULL, 10);
  bool more = count > *before;
  *before = count;
  return more;
}

static int follow(const struct sj_container *c, int process, int interval) {
  struct pollfd wait[2] = {{process, POLLIN, 0}, {-1, 0, 0}};
  uint64_t killed = 0, next = sj_now();
  wait[1].fd = await_memory(c, &wait[1].events);
  if (wait[1].fd >= 0)
    (void)has_run_out(wait[1].fd, wait[1].events, &killed);
  for (;;) {
    uint64_t now = sj_now();
    if (now >= next) {
      print(c, "stats");
      next = now + (uint64_t)interval * 1000000u;
    }
    int n = poll(wait, 2, (int)((next - now) / 1000000u) + 1);
    if (n < 0 && errno != EINTR)
      return sj_error("wait for events: %s", sj_reason(errno)), 1;
    if (n <= 0)
      continue;
    if (wait[1].revents & wait[1].events && has_run_out(wait[1].fd, wait[1].events, &killed))
      print(c, "oom");
    else if (wait[1].revents != 0)
      wait[1].fd = wait[1].revents & (POLLHUP | POLLNVAL) ? -1 : wait[1].fd; /* the cgroup has gone */
    if (wait[0].revents != 0)
      return 0;
  }
}

int sj_events(const struct sj_command *o) {
  struct sj_container c;
  int interval = o->interval == NULL ? DEFAULT_INTERVAL_MS : milliseconds(o->interval);
  if (interval < 0)
    return sj_error("--interval: %s is no time such as 5s", o->interval), 1;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0)
    return 1;
  int process = sj_container_pidfd(&c);
  if (process < 0)
    return sj_error("container with id %s is not running", c.id), 1;
  if (o->stats)
    return print(&c, "stats"), 0;
  return follow(&c, process, interval);
}
