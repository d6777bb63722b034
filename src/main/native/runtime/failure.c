#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "protocol/transport.h"
#include "runtime/command.h"
#include "runtime/log.h"

struct failure {
  uint16_t section, opcode;
  uint32_t index;
  int error;
  const char *call, *what;
};

static bool read_failure(const struct sj_message *m, struct failure *f) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  f->section = sj_u16(&r);
  f->opcode = sj_u16(&r);
  f->index = sj_u32(&r);
  f->error = (int)sj_u32(&r);
  (void)sj_u64(&r);
  f->call = sj_str(&r);
  f->what = sj_str(&r);
  return !r.bad;
}

/* What the plan calls the operation; "" for what is none. */
static const char *step(const struct sj_compiled *of, const struct failure *f) {
  static const uint16_t places[SJ_SECTIONS] = {SJ_IN_OUTER, SJ_IN_SETUP, SJ_IN_PROCESS, SJ_IN_CGROUP};
  uint32_t before = 0;
  for (unsigned s = 0; s < SJ_SECTIONS; s++) {
    if (f->section == places[s] && f->opcode != 0 && f->index < of->plan.count[s])
      return of->steps.items[before + f->index];
    before += of->plan.count[s];
  }
  switch (f->section) {
  case SJ_IN_CLONE:
    return "create the namespaces";
  case SJ_IN_IDMAP:
    return "write the id maps";
  default:
    return "";
  }
}

static void say_program(const struct sj_container *c, const char *doing, const struct failure *f) {
  const char *name = c->compiled.start.argv.items[0];
  if (f->error == ENOENT && strchr(name, '/') == NULL)
    (void)sj_error("%s: exec: \"%s\": executable file not found in $PATH", doing, name);
  else if (f->error == ENOENT)
    (void)sj_error("%s: exec: \"%s\": stat %s: no such file or directory", doing, name, name);
  else
    (void)sj_error("%s: exec: \"%s\": %s", doing, name, sj_reason(f->error));
}

void sj_say_failure(const struct sj_container *c, const char *doing, const struct sj_message *m) {
  struct failure f;
  if (!read_failure(m, &f)) {
    (void)sj_error("%s: the container's process has said what nobody understands", doing);
  } else if (strcmp(f.call, "hook") == 0) {
    (void)sj_error("%s: %s", doing, f.what);
  } else if (f.section == SJ_IN_EXEC && strcmp(f.call, "execve") == 0) {
    say_program(c, doing, &f);
  } else if (f.section == SJ_IN_CHDIR && strcmp(f.call, "close_range") != 0) {
    (void)sj_error("%s: chdir to cwd (\"%s\") set in config.json failed: %s", doing, c->compiled.start.directory, sj_reason(f.error));
  } else {
    const char *name = step(&c->compiled, &f);
    (void)sj_error("%s: %s%s%s%s%s: %s", doing, name, name[0] != 0 ? ": " : "", f.call, f.what[0] != 0 ? " " : "", f.what,
                   sj_reason(f.error));
  }
}
