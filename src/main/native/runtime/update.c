#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cgroups.h"
#include "runtime/command.h"
#include "runtime/compile.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/status.h"

enum { RESOURCES_MAX = 1 << 20 };

/* Where the value of each option is in the resources of a configuration; those of one section follow each other. */
static const struct {
  const char *section, *field;
  bool text;
} meaning[SJ_LIMITS] = {
    [SJ_LIMIT_MEMORY] = {"memory", "limit", false},
    [SJ_LIMIT_RESERVATION] = {"memory", "reservation", false},
    [SJ_LIMIT_SWAP] = {"memory", "swap", false},
    [SJ_LIMIT_SHARES] = {"cpu", "shares", false},
    [SJ_LIMIT_QUOTA] = {"cpu", "quota", false},
    [SJ_LIMIT_PERIOD] = {"cpu", "period", false},
    [SJ_LIMIT_BURST] = {"cpu", "burst", false},
    [SJ_LIMIT_RT_RUNTIME] = {"cpu", "realtimeRuntime", false},
    [SJ_LIMIT_RT_PERIOD] = {"cpu", "realtimePeriod", false},
    [SJ_LIMIT_IDLE] = {"cpu", "idle", false},
    [SJ_LIMIT_CPUS] = {"cpu", "cpus", true},
    [SJ_LIMIT_MEMS] = {"cpu", "mems", true},
    [SJ_LIMIT_PIDS] = {"pids", "limit", false},
    [SJ_LIMIT_WEIGHT] = {"blockIO", "weight", false},
};

/* A whole number, with a unit of bytes behind it or not. False if it is none. */
static bool number(const char *text, long long *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  unsigned shift = *end == 0 ? 0 : strchr("kK", *end) ? 10 : strchr("mM", *end) ? 20 : strchr("gG", *end) ? 30 : 64;
  if (end == text || errno != 0 || shift == 64 || (*end != 0 && end[1] != 0 && strcasecmp(end + 1, "b") != 0))
    return false;
  return !__builtin_mul_overflow(*value, 1LL << shift, value);
}

/* Of the options; NULL after sj_error. */
static char *compose(const struct sj_command *o) {
  const char *section = "";
  struct sj_json j;
  sj_json_begin(&j);
  sj_json_raw(&j, "{");
  for (unsigned i = 0; i < SJ_LIMITS; i++) {
    long long value = 0;
    if (o->limits[i] == NULL)
      continue;
    if (!meaning[i].text && !number(o->limits[i], &value)) {
      free(sj_json_end(&j));
      (void)sj_error("%s is not a number, as %s/%s needs it", o->limits[i], meaning[i].section, meaning[i].field);
      return NULL;
    }
    bool same = strcmp(section, meaning[i].section) == 0;
    sj_json_raw(&j, same ? "," : section[0] == 0 ? "" : "},");
    if (!same) {
      section = meaning[i].section;
      sj_json_text(&j, section);
      sj_json_raw(&j, ":{");
    }
    sj_json_text(&j, meaning[i].field);
    sj_json_raw(&j, ":");
    if (meaning[i].text)
      sj_json_text(&j, o->limits[i]);
    else
      sj_json_number(&j, value);
  }
  sj_json_raw(&j, section[0] == 0 ? "}" : "}}");
  return sj_json_end(&j);
}

/* The file, or what comes in; NULL after sj_error. */
static char *take(const char *path) {
  bool standard = strcmp(path, "-") == 0;
  int fd = standard ? 0 : open(path, O_RDONLY | O_CLOEXEC);
  char *text = malloc(RESOURCES_MAX + 1);
  size_t n = 0;
  ssize_t got = fd < 0 || text == NULL ? -1 : 1;
  while (got > 0 && n <= RESOURCES_MAX)
    if ((got = read(fd, text + n, RESOURCES_MAX + 1 - n)) > 0)
      n += (size_t)got;
    else if (got < 0 && errno == EINTR)
      got = 1;
  int error = n > RESOURCES_MAX ? EFBIG : errno;
  if (!standard && fd >= 0)
    close(fd);
  if (got == 0 && n <= RESOURCES_MAX) {
    text[n] = 0;
    return text;
  }
  free(text);
  (void)sj_error("read the resources of %s: %s", path, sj_reason(error));
  return NULL;
}

/* A limit may be taken only when another has been raised, or lowered, before: what is refused is tried again while others are taken. */
static int apply(const struct sj_container *c, const struct sj_update *update) {
  bool *done = calloc((size_t)update->count + 1, sizeof *done);
  uint32_t left = update->count, before = left + 1;
  if (done == NULL)
    abort();
  while (left > 0 && left < before) {
    before = left;
    for (uint32_t i = 0; i < update->count; i++)
      if (!done[i] && sj_cgroups_change(c, &update->all[i]) > 0) {
        done[i] = true;
        left--;
      }
  }
  for (uint32_t i = 0; i < update->count && left > 0; i++) {
    const struct sj_change *change = &update->all[i];
    if (done[i])
      continue;
    int result = sj_cgroups_change(c, change);
    int error = result == 0 ? ENOENT : errno;
    const char *file = change->file[0][0] != 0 ? change->file[0] : change->file[1];
    (void)sj_error("failed to write %s: %s%s", file, sj_reason(error), error == ENOENT ? ": the container has no such cgroup file" : "");
    break;
  }
  free(done);
  return left == 0 ? 0 : -1;
}

int sj_update(const struct sj_command *o) {
  static struct sj_update update;
  struct sj_container c;
  int root = sj_root_open(o->root, false);
  if (sj_container_open(&c, root, o->id, false) != 0 || sj_container_lock(&c) != 0)
    return 1;
  enum sj_status status = sj_container_status(&c);
  if (status == SJ_STOPPED || status == SJ_CREATING)
    return sj_error("container not running"), 1;
  char *resources = o->resources != NULL ? take(o->resources) : compose(o);
  if (resources == NULL)
    return 1;
  int result = sj_compile_update(&c, resources, &update);
  free(resources);
  if (result != 0 || apply(&c, &update) != 0)
    return 1;
  return sj_replace_file(c.dir, "config", update.config, update.config_size, 0600) == 0
             ? 0
             : (sj_error("keep the configuration: %s", sj_reason(errno)), 1);
}
