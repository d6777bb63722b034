#define _GNU_SOURCE
#include "prefix/outcome.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "prefix/words.h"

/* ---------------------------------------------------------------- report */

struct text {
  char *data;
  size_t size, length;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(t->data + t->length, t->size - t->length, format, arguments);
  va_end(arguments);
  if (n > 0)
    t->length += (size_t)n < t->size - t->length ? (size_t)n : t->size - t->length - 1;
}

/* Bytes outside of ASCII may be no text at all. */
static void put_quoted(struct text *t, const char *s) {
  put(t, "\"");
  for (; *s != 0; s++) {
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\')
      put(t, "\\%c", c);
    else if (c < 0x20 || c > 0x7e)
      put(t, "\\u%04x", c);
    else
      put(t, "%c", c);
  }
  put(t, "\"");
}

static int save(int report, const struct text *t) {
  size_t done = 0;
  if (report < 0)
    return 0;
  if (ftruncate(report, 0) != 0)
    return sj_complain("the report: ftruncate: %s", strerror(errno));
  for (ssize_t n; done < t->length; done += (size_t)n)
    if ((n = write(report, t->data + done, t->length - done)) < 0)
      return sj_complain("the report: write: %s", strerror(errno));
  return 0;
}

/* ---------------------------------------------------------------- refusal */

static const char *step(const struct sj_frozen *f, uint16_t section, uint16_t opcode, uint32_t index) {
  static const uint16_t places[SJ_SECTIONS] = {SJ_IN_OUTER, SJ_IN_SETUP, SJ_IN_PROCESS, SJ_IN_CGROUP};
  uint32_t before = 0;
  for (unsigned s = 0; s < SJ_SECTIONS; s++) {
    if (section == places[s] && opcode != 0 && index < f->plan.count[s])
      return f->steps.items[before + index];
    before += f->plan.count[s];
  }
  return section == SJ_IN_CLONE   ? "create the namespaces"
         : section == SJ_IN_IDMAP ? "write the id maps"
         : section == SJ_IN_CHDIR ? "enter the working directory"
         : section == SJ_IN_EXEC  ? "execute the program"
                                  : "start the program";
}

int sj_say_refusal(const struct sj_frozen *f, const struct sj_message *m, const char *program, int report) {
  struct sj_reader r;
  static char room[8192];
  struct text t = {room, sizeof room, 0};
  sj_reader_init(&r, m->body, m->head.length);
  uint16_t section = sj_u16(&r), opcode = sj_u16(&r);
  uint32_t index = sj_u32(&r);
  int error = (int)sj_u32(&r);
  (void)sj_u64(&r);
  const char *call = sj_str(&r), *what = sj_str(&r);
  if (r.bad) {
    (void)sj_complain("the launcher has said what nobody understands");
    return SJ_EXIT_OWN;
  }
  bool executes = section == SJ_IN_EXEC && strcmp(call, "execve") == 0;
  const char *subject = what[0] == 0 && executes ? program : what;
  const char *doing = step(f, section, opcode, index);
  (void)sj_complain("%s: %s%s%s: %s", doing, call, subject[0] != 0 ? " " : "", subject, strerror(error));
  put(&t, "{\"version\":1,\"name\":");
  put_quoted(&t, f->name);
  put(&t, ",\"refused\":{\"step\":");
  put_quoted(&t, doing);
  put(&t, ",\"call\":");
  put_quoted(&t, call);
  put(&t, ",\"subject\":");
  put_quoted(&t, subject);
  put(&t, ",\"errno\":%d}}\n", error);
  (void)save(report, &t);
  return !executes ? SJ_EXIT_OWN : error == ENOENT ? SJ_EXIT_MISSING : SJ_EXIT_REFUSED;
}

/* ---------------------------------------------------------------- end */

static const char *verdict(uint32_t why, uint32_t how) {
  switch (why) {
  case SJ_WHY_TIMEOUT:
    return "TIMED_OUT";
  case SJ_WHY_CPU_TIME:
    return "CPU_TIME_EXCEEDED";
  case SJ_WHY_OOM:
    return "OOM_KILLED";
  case SJ_WHY_OUTPUT:
    return "OUTPUT_LIMIT_EXCEEDED";
  default:
    return how == SJ_BY_LOSS ? "LOST" : how == SJ_BY_EXIT ? "EXITED" : "SIGNALED";
  }
}

/* What has ended it, "" for nothing of ours. */
static const char *limit(uint32_t why) {
  return why == SJ_WHY_TIMEOUT    ? "its time is over (timeout)"
         : why == SJ_WHY_CPU_TIME ? "its CPU time is over (cpuTime)"
         : why == SJ_WHY_OOM      ? "its memory is over (memory)"
         : why == SJ_WHY_OUTPUT   ? "it has written more than it may (output)"
                                  : "";
}

static const char *const usage_names[] = {"userMicros",  "systemMicros",   "maxResidentKib",      "minorFaults",
                                          "majorFaults", "blocksIn", "blocksOut", "voluntarySwitches", "involuntarySwitches"};

int sj_take_end(const struct sj_frozen *f, const struct sj_message *m, struct sj_outcome *o, int report) {
  struct sj_reader r;
  struct sj_strv contents = {0, NULL};
  uint64_t usage[9];
  sj_reader_init(&r, m->body, m->head.length);
  o->how = sj_u32(&r);
  o->status = sj_u32(&r);
  uint64_t wall = sj_u64(&r);
  for (unsigned i = 0; i < 9; i++)
    usage[i] = sj_u64(&r);
  (void)sj_str(&r);
  uint32_t why = sj_u32(&r);
  sj_read_strv(&r, &contents);
  if (r.bad)
    return sj_complain("the launcher has said what nobody understands");
  size_t room = 4096 + 6 * (size_t)m->head.length;
  struct text t = {malloc(room), room, 0};
  if (t.data == NULL)
    abort();
  put(&t, "{\"version\":1,\"name\":");
  put_quoted(&t, f->name);
  put(&t, ",\"verdict\":\"%s\",\"%s\":%u", verdict(why, o->how), o->how == SJ_BY_EXIT ? "exitStatus" : "signal", (unsigned)o->status);
  put(&t, ",\"setupNanos\":%llu,\"wallNanos\":%llu", (unsigned long long)o->setup, (unsigned long long)wall);
  for (unsigned i = 0; i < 9; i++)
    put(&t, ",\"%s\":%llu", usage_names[i], (unsigned long long)usage[i]);
  put(&t, ",\"cgroup\":{");
  for (uint32_t i = 0; i < contents.count && i < f->reads.count; i++) {
    put(&t, "%s", i == 0 ? "" : ",");
    put_quoted(&t, f->reads.items[i]);
    put(&t, ":");
    put_quoted(&t, contents.items[i]);
  }
  put(&t, "}}\n");
  int result = save(report, &t);
  free(t.data);
  sj_free_strv(&contents);
  if (limit(why)[0] != 0)
    (void)sj_complain("the program was ended: %s", limit(why));
  return result;
}

void sj_end_like(const struct sj_outcome *o) {
  const struct rlimit none = {0, 0};
  sigset_t only;
  if (o->how == SJ_BY_EXIT)
    _exit((int)o->status);
  if (o->how == SJ_BY_LOSS)
    _exit(SJ_EXIT_OWN);
  (void)setrlimit(RLIMIT_CORE, &none); /* what it has dumped is the program's */
  (void)signal((int)o->status, SIG_DFL);
  sigemptyset(&only);
  sigaddset(&only, (int)o->status);
  (void)raise((int)o->status);
  (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
  _exit(128 + (int)o->status);
}
