/* The decoder of frozen.h: takes what Java freezes, refuses what is shorter, longer or changed where it must not be, and owns nothing then. */
#include "protocol/frozen.h"

#include "check.h"
#include "samples.h"

struct variant {
  uint32_t magic, wire;
  uint32_t patch;    /* offset of the only one */
  const char *path;  /* of the cgroup */
  unsigned cgroups;  /* directories */
  unsigned steps;
  uint32_t stop_signal;
};

static const struct variant good = {SJ_FROZEN_MAGIC, SJ_WIRE_VERSION, UINT32_MAX, "sandjar-run-" SJ_FROZEN_RUN, 1, 2, 15};
static const char number[] = "1012345678";

static void plan(struct sample *s, const char *path) {
  static const char *const writes[] = {"file", "text"};
  sample_start(s);
  plan_head(&s->w, 0, 1, 0, 1);
  sj_put_u16(&s->w, SJ_OP_HOSTNAME);
  sj_put_u16(&s->w, 0);
  sj_put_u32(&s->w, (uint32_t)sizeof number + 4);
  sj_put_str(&s->w, number);
  size_t length = s->w.length + 4;
  sj_put_u16(&s->w, SJ_OP_CGROUP_AT);
  sj_put_u16(&s->w, 0);
  sj_put_u32(&s->w, 0);
  size_t begin = s->w.length;
  sj_put_u32(&s->w, 0);
  sj_put_str(&s->w, "/sys/fs/cgroup");
  sj_put_str(&s->w, path);
  sj_put_str(&s->w, "user.sandjar");
  sample_strv(&s->w, 2, writes);
  sj_patch_u32(&s->w, length, (uint32_t)(s->w.length - begin));
}

static uint32_t where(const struct sample *s) {
  for (uint32_t i = 0; i + sizeof number <= s->w.length; i++)
    if (memcmp(s->bytes + i, number, sizeof number - 1) == 0)
      return i;
  return 0;
}

static void frozen(struct sample *s, const struct variant *v) {
  static const char *const words[] = {"one", "two", "three"};
  static struct sample body;
  plan(&body, v->path);
  sample_start(s);
  sj_put_u32(&s->w, v->magic);
  sj_put_u32(&s->w, SJ_FROZEN_FORMAT);
  sj_put_u32(&s->w, v->wire);
  sj_put_str(&s->w, "1.2.0");
  sj_put_str(&s->w, "name");
  sj_put_str(&s->w, "6.1.0");
  for (unsigned i = 0; i < 3; i++)
    sj_put_u32(&s->w, i);
  sj_put_u64(&s->w, 1);
  sj_put_u32(&s->w, 1);
  sj_put_str(&s->w, "/usr");
  sj_put_u64(&s->w, 1);
  sj_put_u64(&s->w, 2);
  sj_put_u32(&s->w, 0040000);
  sj_put_u32(&s->w, SJ_MAP_WRITE);
  sj_put_u64(&s->w, 65536);
  sj_put_u64(&s->w, 0);
  sj_put_u64(&s->w, 0);
  sj_put_str(&s->w, "");
  sj_put_str(&s->w, "");
  sample_strv(&s->w, 0, words);
  sample_strv(&s->w, 0, words);
  sj_put_str(&s->w, "/run/sandjar/ids.lock");
  sj_put_u64(&s->w, 524288);
  sj_put_u64(&s->w, 4194304);
  sj_put_blob(&s->w, "\377", 1);
  sj_put_blob(&s->w, body.bytes, body.w.length);
  sj_put_u32(&s->w, 1);
  sj_put_u32(&s->w, v->patch == UINT32_MAX ? where(&body) : v->patch);
  sj_put_u64(&s->w, 7);
  sample_strv(&s->w, 0, words);
  sample_strv(&s->w, v->steps, words);
  sample_strv(&s->w, v->cgroups, words);
  for (unsigned i = 0; i < 3; i++)
    sj_put_u64(&s->w, i);
  sj_put_u32(&s->w, v->stop_signal);
  sj_put_u64(&s->w, UINT64_MAX);
  sample_strv(&s->w, 2, words);
  sj_put_str(&s->w, "/");
  sample_strv(&s->w, 1, words);
}

static bool decodes(const struct variant *v) {
  static struct sample s;
  struct sj_frozen f;
  frozen(&s, v);
  bool done = sj_decode_frozen(s.bytes, s.w.length, &f);
  if (done)
    sj_free_frozen(&f);
  return done;
}

static void test_whole(void) {
  static struct sample s;
  struct sj_frozen f;
  frozen(&s, &good);
  CHECK(sj_decode_frozen(s.bytes, s.w.length, &f));
  CHECK(f.places == 1 && strcmp(f.place[0].path, "/usr") == 0 && f.place[0].inode == 2);
  CHECK(f.block == 65536 && f.slots_size == 1 && f.patches == 1 && f.patch[0].distance == 7);
  CHECK(memcmp(f.body + f.patch[0].offset, number, sizeof number - 1) == 0);
  CHECK(f.plan.count[SJ_CGROUP] == 1 && f.steps.count == 2 && f.output == UINT64_MAX);
  sj_free_frozen(&f);
  for (size_t n = 0; n < s.w.length; n++)
    CHECK(!sj_decode_frozen(s.bytes, n, &f));
  CHECK(!sj_decode_frozen(s.bytes, s.w.length + 1, &f));
}

static void test_other_version(void) {
  static struct sample s;
  struct sj_frozen f;
  struct variant v = good;
  v.wire++;
  frozen(&s, &v);
  CHECK(sj_decode_frozen(s.bytes, s.w.length, &f));
  CHECK(f.wire == SJ_WIRE_VERSION + 1 && strcmp(f.version, "1.2.0") == 0 && f.steps.items == NULL);
  sj_free_frozen(&f);
}

static void test_refused(void) {
  struct variant v = good;
  CHECK(decodes(&v));
  v.magic++;
  CHECK(!decodes(&v));
  v = good;
  v.patch = 0; /* no digits */
  CHECK(!decodes(&v));
  v = good;
  v.patch = 1u << 20; /* behind the body */
  CHECK(!decodes(&v));
  v = good;
  v.path = "the-same-for-all";
  CHECK(!decodes(&v));
  v = good;
  v.cgroups = 0; /* the hierarchy has no directory */
  CHECK(!decodes(&v));
  v = good;
  v.steps = 1;
  CHECK(!decodes(&v));
  v = good;
  v.stop_signal = SJ_SIGNAL_MAX + 1;
  CHECK(!decodes(&v));
}

static void test_changed(void) {
  static struct sample s;
  struct sj_frozen f;
  frozen(&s, &good);
  for (size_t n = 0; n < s.w.length; n++) { /* whatever it is then, it is read within its bounds */
    s.bytes[n] ^= 0xff;
    if (sj_decode_frozen(s.bytes, s.w.length, &f))
      sj_free_frozen(&f);
    s.bytes[n] ^= 0xff;
  }
}

/* With a directory: writes the seed of fuzz_frozen there. */
int main(int argc, char **argv) {
  if (argc == 2) {
    static struct sample s;
    char path[4096];
    frozen(&s, &good);
    snprintf(path, sizeof path, "%s/policy", argv[1]);
    FILE *out = fopen(path, "we");
    CHECK(out != NULL && fwrite(s.bytes, 1, s.w.length, out) == s.w.length && fclose(out) == 0);
    return 0;
  }
  test_whole();
  test_other_version();
  test_refused();
  test_changed();
  return 0;
}
