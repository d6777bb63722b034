#define _GNU_SOURCE
#include "prefix/request.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prefix/words.h"
#include "protocol/encode.h"
#include "protocol/transport.h"

enum { PLAN_ID = 1, ROOT_ID = 2, SEARCHED_MAX = 256 };

static int send_body(int socket, uint16_t type, uint64_t id, const struct sj_writer *w, const int *fds, uint32_t nfds) {
  int result = w->length > SJ_INLINE_MAX ? sj_send_in_memfd(socket, type, id, w->data, w->length, fds, nfds)
                                         : sj_send(socket, type, id, w->data, w->length, fds, nfds);
  return result == 0 ? 0 : sj_complain("ask the launcher: sendmsg: %s", strerror(errno));
}

/* ---------------------------------------------------------------- the plan, made this run's */

static void put_number(uint8_t *at, uint64_t value) {
  for (unsigned i = SJ_FROZEN_DIGITS; i-- > 0; value /= 10)
    at[i] = (uint8_t)('0' + value % 10);
}

/* The operations point into the bytes, which are ours alone. */
static int make_own(struct sj_frozen *f, uint8_t *body, uint64_t base) {
  uint64_t run;
  char name[sizeof SJ_FROZEN_RUN];
  struct sj_plan own;
  for (uint32_t i = 0; i < f->patches; i++)
    put_number(body + f->patch[i].offset, base + f->patch[i].distance);
  if (getrandom(&run, sizeof run, 0) != sizeof run)
    return sj_complain("getrandom: %s", strerror(errno));
  snprintf(name, sizeof name, "%016llx", (unsigned long long)run);
  if (!sj_decode_plan(body, f->body_size, f->descriptors.count, &own))
    return sj_complain("the plan does not hold the ids of this run");
  for (uint32_t i = 0; i < own.count[SJ_CGROUP]; i++)
    if (own.section[SJ_CGROUP][i].code == SJ_OP_CGROUP_AT) {
      const char *path = own.section[SJ_CGROUP][i].str[1];
      memcpy(body + ((const uint8_t *)path - body) + strlen(path) - strlen(SJ_FROZEN_RUN), name, strlen(SJ_FROZEN_RUN));
    }
  sj_free_plan(&own);
  return 0;
}

static int send_plan(int socket, struct sj_frozen *f, uint64_t base) {
  int fds[SJ_FDS_MAX], result = 0;
  uint32_t n = 0;
  uint8_t *body = malloc((size_t)f->body_size + 1);
  if (body == NULL)
    return sj_complain("out of memory");
  memcpy(body, f->body, f->body_size);
  for (; n < f->descriptors.count && result == 0; n++)
    if ((fds[n] = open(f->descriptors.items[n], O_RDONLY | O_CLOEXEC)) < 0)
      result = sj_complain("open %s: %s", f->descriptors.items[n], strerror(errno));
  if (result == 0)
    result = make_own(f, body, base);
  struct sj_writer w = {body, f->body_size, f->body_size, false};
  if (result == 0)
    result = send_body(socket, SJ_PLAN, PLAN_ID, &w, fds, n);
  while (n-- > 0)
    if (fds[n] >= 0)
      close(fds[n]);
  free(body);
  return result;
}

static int send_cgroups(int socket, const struct sj_frozen *f) {
  static uint8_t body[SJ_INLINE_MAX];
  struct sj_writer w = {body, sizeof body, 0, false};
  if (f->cgroups.count == 0)
    return 0;
  sj_put_strv(&w, &f->cgroups);
  sj_put_u32(&w, 0); /* nothing to do at the end: each run removes its own */
  return w.full ? sj_complain("the directories of its cgroups have too long names") : send_body(socket, SJ_CGROUP_ROOT, ROOT_ID, &w, NULL, 0);
}

/* ---------------------------------------------------------------- the start */

static const char *path_of(const struct sj_strv *environment) {
  for (uint32_t i = environment->count; i-- > 0;)
    if (strncmp(environment->items[i], "PATH=", 5) == 0)
      return environment->items[i] + 5;
  return "/usr/local/bin:/usr/bin:/bin";
}

/* As execvp(3) does it, but with the PATH that the program will see; an empty entry, which means the working directory, is left out. */
static void put_paths(struct sj_writer *w, const char *program, const char *path) {
  char found[PATH_MAX];
  size_t at = w->length;
  uint32_t count = 0;
  sj_put_u32(w, 0);
  while (strchr(program, '/') == NULL && *path != 0 && count < SEARCHED_MAX) {
    int n = (int)strcspn(path, ":");
    if (n > 0 && snprintf(found, sizeof found, "%.*s/%s", n, path, program) < (int)sizeof found) {
      sj_put_str(w, found);
      count++;
    }
    path += n + (path[n] == ':');
  }
  if (count == 0) {
    sj_put_str(w, program);
    count = 1;
  }
  sj_patch_u32(w, at, count);
}

static bool replaces(const char *variable, const char *other) {
  size_t name = strcspn(variable, "=");
  return strncmp(variable, other, name) == 0 && other[name] == '=';
}

/* Those of the policy that nothing replaces, then those that were given. */
static struct sj_strv environment(const struct sj_frozen *f, char **given) {
  uint32_t more = 0;
  while (given[more] != NULL)
    more++;
  struct sj_strv all = {0, calloc((size_t)f->environment.count + more + 1, sizeof *all.items)};
  if (all.items == NULL)
    abort();
  for (uint32_t i = 0; i < f->environment.count; i++) {
    bool replaced = false;
    for (uint32_t k = 0; k < more; k++)
      replaced = replaced || replaces(given[k], f->environment.items[i]);
    if (!replaced)
      all.items[all.count++] = f->environment.items[i];
  }
  for (uint32_t k = 0; k < more; k++)
    all.items[all.count++] = given[k];
  return all;
}

static void put_map(struct sj_writer *w, const struct sj_frozen *f, uint64_t first, uint64_t base, const char *whole) {
  char text[96];
  snprintf(text, sizeof text, "%llu %llu %llu\n", (unsigned long long)first, (unsigned long long)base, (unsigned long long)f->block);
  sj_put_str(w, f->block == 0 ? whole : text);
}

/* Whether the program gets files of the host that it could change the modes of. */
static bool hands_files(const int streams[3]) {
  struct stat st;
  for (int i = 0; i < 3; i++)
    if (fstat(streams[i], &st) == 0 && S_ISREG(st.st_mode))
      return true;
  return false;
}

static size_t size_of(const struct sj_strv *list) {
  size_t sum = 8;
  for (uint32_t i = 0; i < list->count; i++)
    sum += strlen(list->items[i]) + 5;
  return sum;
}

static int send_start(int socket, const struct sj_frozen *f, uint64_t base, const int streams[3], const struct sj_prefix_program *program) {
  struct sj_strv variables = environment(f, program->variables), words = {0, (const char **)(uintptr_t)program->words};
  while (words.items[words.count] != NULL)
    words.count++;
  size_t room = size_of(&variables) + size_of(&words) + size_of(&f->uid_command) + size_of(&f->gid_command) + strlen(f->uid_map) +
                strlen(f->gid_map) + SEARCHED_MAX * (PATH_MAX + 5u) + PATH_MAX + 512;
  struct sj_writer w = {malloc(room), room, 0, false};
  if (w.data == NULL)
    abort();
  sj_put_u64(&w, PLAN_ID);
  sj_put_u64(&w, 0); /* no template */
  sj_put_u32(&w, hands_files(streams) ? SJ_START_HANDED_FILES : 0);
  sj_put_u16(&w, 0);
  sj_put_u16(&w, 0);
  sj_put_u64(&w, f->timeout);
  sj_put_u64(&w, f->cpu_time);
  sj_put_u64(&w, f->grace);
  sj_put_u32(&w, f->stop_signal);
  sj_put_u32(&w, f->map_mode);
  put_map(&w, f, f->first_uid, base, f->uid_map);
  put_map(&w, f, f->first_gid, base, f->gid_map);
  sj_put_strv(&w, &f->uid_command);
  sj_put_strv(&w, &f->gid_command);
  put_paths(&w, words.items[0], path_of(&variables));
  sj_put_strv(&w, &words);
  sj_put_strv(&w, &variables);
  sj_put_str(&w, program->directory != NULL ? program->directory : f->directory);
  sj_put_u32(&w, 3);
  for (uint32_t i = 0; i < 3; i++)
    sj_put_u32(&w, i);
  int result = w.full || w.length > SJ_BODY_MAX ? sj_complain("arguments and environment are too long") : send_body(socket, SJ_START, SJ_PREFIX_RUN, &w, streams, 3);
  free(w.data);
  free(variables.items);
  return result;
}

int sj_send_start(int socket, struct sj_frozen *f, uint64_t base, int lock, const int streams[3], const struct sj_prefix_program *program) {
  if (lock >= 0 && sj_send(socket, SJ_HOLD, 0, NULL, 0, &lock, 1) != 0)
    return sj_complain("ask the launcher: sendmsg: %s", strerror(errno));
  if (send_cgroups(socket, f) != 0 || send_plan(socket, f, base) != 0)
    return -1;
  return send_start(socket, f, base, streams, program);
}
