/* The decoder of compiled.h: takes what Java answers, refuses what is shorter, longer or changed where it must not be, and owns nothing then. */
#include "protocol/compiled.h"

#include "check.h"
#include "samples.h"

static void hooks(struct sj_writer *w, unsigned count, unsigned arguments) {
  static const char *const words[] = {"/bin/hook", "argument"};
  sj_put_u32(w, count);
  for (unsigned i = 0; i < count; i++) {
    sj_put_str(w, "/bin/hook");
    sample_strv(w, arguments, words);
    sample_strv(w, 1, words);
    sj_put_u64(w, 30);
  }
}

static void compiled(struct sample *s, unsigned steps, unsigned arguments) {
  static const uint32_t standard[] = {0, 1, 2};
  static const char *const words[] = {"one", "two"};
  static struct sample plan, start;
  const struct start_options o = {.argc = 3, .nfds = 3, .targets = standard};
  sample_start(&plan);
  plan_head(&plan.w, 0, 0, 0, 0);
  sample_start_request(&start, &o);
  sample_start(s);
  sj_put_u32(&s->w, SJ_COMPILED_FORMAT);
  sj_put_u32(&s->w, SJ_COMPILED_PLAN);
  sj_put_str(&s->w, "1.2.0");
  sj_put_str(&s->w, "{}");
  sj_put_str(&s->w, "/bundle");
  sj_put_str(&s->w, "/bundle/rootfs");
  sj_put_u32(&s->w, SJ_COMPILED_OWN_PID_NAMESPACE);
  sj_put_blob(&s->w, plan.bytes, plan.w.length);
  sj_put_blob(&s->w, start.bytes, start.w.length);
  sample_strv(&s->w, 2, words);
  sample_strv(&s->w, steps, words);
  for (unsigned i = 0; i < SJ_HOOK_POINTS; i++)
    hooks(&s->w, i, arguments);
  sample_strv(&s->w, 1, words);
}

static void update(struct sample *s, const char *file) {
  sample_start(s);
  sj_put_u32(&s->w, SJ_COMPILED_FORMAT);
  sj_put_u32(&s->w, SJ_COMPILED_CHANGES);
  sj_put_blob(&s->w, "{}", 2);
  sj_put_u32(&s->w, 2);
  for (unsigned i = 0; i < 2; i++) {
    sj_put_str(&s->w, i == 0 ? file : "");
    sj_put_str(&s->w, "1");
    sj_put_str(&s->w, "pids.max");
    sj_put_str(&s->w, "2");
  }
}

static void refusal(struct sample *s) {
  sample_start(s);
  sj_put_u32(&s->w, SJ_COMPILED_FORMAT);
  sj_put_u32(&s->w, SJ_COMPILED_REFUSED);
  sj_put_str(&s->w, "config.json: /x: is wrong");
}

/* On the heap, where the sanitizer sees the first byte too many. */
static bool takes(const struct sample *s, size_t size, bool updates) {
  struct sj_compiled c;
  struct sj_update u;
  uint8_t *copy = malloc(size + 1);
  CHECK(copy != NULL);
  memcpy(copy + 1, s->bytes, size);
  bool good = updates ? sj_decode_update(copy + 1, size, &u) : sj_decode_compiled(copy + 1, size, &c);
  if (good && updates)
    free(u.all);
  else if (good)
    sj_free_compiled(&c);
  free(copy);
  return good;
}

static void what_java_answers_is_read(void) {
  static struct sample s;
  struct sj_compiled c;
  compiled(&s, 0, 2);
  CHECK(sj_decode_compiled(s.bytes, s.w.length, &c));
  CHECK(c.refusal == NULL && strcmp(c.bundle, "/bundle") == 0 && c.flags == SJ_COMPILED_OWN_PID_NAMESPACE);
  CHECK(c.start.argv.count == 3 && c.descriptors.count == 2 && c.notes.count == 1);
  CHECK(c.hooks[SJ_PRESTART].count == 0 && c.hooks[SJ_POSTSTOP].count == 5);
  CHECK(c.hooks[SJ_POSTSTOP].all[4].timeout == 30 && strcmp(c.hooks[SJ_POSTSTOP].all[4].arguments.items[1], "argument") == 0);
  sj_free_compiled(&c);
  refusal(&s);
  CHECK(sj_decode_compiled(s.bytes, s.w.length, &c) && strcmp(c.refusal, "config.json: /x: is wrong") == 0);
}

static void limits_are_read(void) {
  static struct sample s;
  struct sj_update u;
  update(&s, "memory.limit_in_bytes");
  CHECK(sj_decode_update(s.bytes, s.w.length, &u));
  CHECK(u.refusal == NULL && u.config_size == 2 && u.count == 2);
  CHECK(strcmp(u.all[0].file[0], "memory.limit_in_bytes") == 0 && strcmp(u.all[1].value[1], "2") == 0);
  free(u.all);
  refusal(&s);
  CHECK(sj_decode_update(s.bytes, s.w.length, &u) && u.refusal != NULL);
}

static void nothing_else_is_read(void) {
  static struct sample s;
  for (unsigned kind = 0; kind < 2; kind++) {
    if (kind == 0)
      compiled(&s, 0, 2);
    else
      update(&s, "memory.limit_in_bytes");
    CHECK(takes(&s, s.w.length, kind == 1));
    CHECK(!takes(&s, s.w.length, kind == 0));
    CHECK(!takes(&s, s.w.length + 1, kind == 1));
    for (size_t n = 0; n < s.w.length; n++)
      CHECK(!takes(&s, n, kind == 1));
    s.bytes[0] ^= 2; /* another format */
    CHECK(!takes(&s, s.w.length, kind == 1));
    s.bytes[0] ^= 2;
    for (size_t n = 0; n < s.w.length; n++) { /* whatever it is then, it is read within its bounds */
      s.bytes[n] ^= 0xff;
      (void)takes(&s, s.w.length, kind == 1);
      s.bytes[n] ^= 0xff;
    }
  }
  compiled(&s, 1, 2);
  CHECK(!takes(&s, s.w.length, false)); /* a step of no operation */
  compiled(&s, 0, 0);
  CHECK(!takes(&s, s.w.length, false)); /* a hook without its name */
  update(&s, "../memory.limit_in_bytes");
  CHECK(!takes(&s, s.w.length, true));
  update(&s, "..");
  CHECK(!takes(&s, s.w.length, true));
}

static void write_seed(const char *directory, const char *name, uint8_t first, const struct sample *s) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *out = fopen(path, "we");
  CHECK(out != NULL && fputc(first, out) != EOF && fwrite(s->bytes, 1, s->w.length, out) == s->w.length && fclose(out) == 0);
}

/* With a directory: writes the seeds of fuzz_compiled there. */
int main(int argc, char **argv) {
  if (argc == 2) {
    static struct sample s;
    compiled(&s, 0, 2);
    write_seed(argv[1], "plan", 0, &s);
    refusal(&s);
    write_seed(argv[1], "refusal", 0, &s);
    update(&s, "memory.limit_in_bytes");
    write_seed(argv[1], "update", 1, &s);
    return 0;
  }
  what_java_answers_is_read();
  limits_are_read();
  nothing_else_is_read();
  return 0;
}
