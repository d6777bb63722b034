/* The decoder of protocol.h: takes what is whole, refuses everything else, and never reads outside what it was given. */
#include "protocol/decode.h"

#include "check.h"
#include "samples.h"

static const uint32_t STANDARD[] = {0, 1, 2, 3};

/* A copy of exactly that size on the heap, where the sanitizer sees the first byte too many. */
static uint8_t *exact(const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size == 0 ? 1 : size);
  CHECK(copy != NULL);
  if (size > 0)
    memcpy(copy, bytes, size);
  return size == 0 ? copy + 1 : copy;
}

static void release(uint8_t *copy, size_t size) {
  free(size == 0 ? copy - 1 : copy);
}

static bool header(const uint8_t *bytes, size_t size) {
  struct sj_header h;
  uint8_t *copy = exact(bytes, size);
  bool good = sj_decode_header(copy, size, &h);
  release(copy, size);
  return good;
}

static bool plan(const uint8_t *bytes, size_t size) {
  struct sj_plan p;
  uint8_t *copy = exact(bytes, size);
  bool good = sj_decode_plan(copy, size, 1, &p);
  if (good)
    sj_free_plan(&p);
  release(copy, size);
  return good;
}

static bool root(const uint8_t *data, size_t size) {
  struct sj_cgroup_root out;
  bool good = sj_decode_cgroup_root(data, size, &out);
  if (good)
    sj_free_cgroup_root(&out);
  return good;
}

static bool watch(const uint8_t *data, size_t size) {
  struct sj_watch_request out;
  return sj_decode_watch(data, size, &out);
}

static bool file(const uint8_t *data, size_t size) {
  struct sj_file_request out;
  return sj_decode_file(data, size, &out);
}

static bool link(const uint8_t *data, size_t size) {
  struct sj_link_request out;
  return sj_decode_link(data, size, &out);
}

static bool decision(const uint8_t *data, size_t size) {
  struct sj_decision out;
  return sj_decode_decision(data, size, &out);
}

static bool confine(const uint8_t *data, size_t size) {
  struct sj_confine_request out;
  return sj_decode_confine(data, size, &out);
}

static bool netlink(const uint8_t *data, size_t size) {
  struct sj_netlink_request out;
  uint8_t *copy = exact(data, size);
  bool good = sj_decode_netlink(copy, size, &out);
  release(copy, size);
  return good;
}

static bool sysctl(const uint8_t *data, size_t size) {
  struct sj_sysctl_request out;
  return sj_decode_sysctl(data, size, &out);
}

static bool datagrams(const uint8_t *data, size_t size) {
  uint32_t length;
  return sj_decode_socket(data, size, &length) != NULL;
}

static bool start(const uint8_t *bytes, size_t size) {
  struct sj_start s;
  uint8_t *copy = exact(bytes, size);
  bool good = sj_decode_start(copy, size, &s);
  if (good)
    sj_free_start(&s);
  release(copy, size);
  return good;
}

/* No part of a whole message is one, nor is it with a byte more; any changed byte is survived. */
static void damage(const struct sample *s, bool (*decode)(const uint8_t *, size_t)) {
  uint8_t bytes[sizeof s->bytes];
  size_t size = s->w.length;
  CHECK(!s->w.full && size < sizeof bytes);
  memcpy(bytes, s->bytes, sizeof bytes);
  CHECK(decode(bytes, size));
  for (size_t part = 0; part < size; part++)
    CHECK(!decode(bytes, part));
  CHECK(!decode(bytes, size + 1));
  static const uint8_t changes[] = {0x01, 0x80, 0xff};
  for (size_t i = 0; i < size; i++)
    for (unsigned c = 0; c < sizeof changes; c++) {
      bytes[i] ^= changes[c];
      (void)decode(bytes, size);
      bytes[i] ^= changes[c];
    }
}

static void headers(void) {
  struct sample s;
  struct sj_header h;
  sample_header(&s);
  CHECK(sj_decode_header(s.bytes, s.w.length, &h));
  CHECK(h.type == SJ_PING && h.id == 7 && h.length == 0 && h.nfds == 0);
  damage(&s, header);
  s.bytes[6] = 2; /* an unknown flag */
  CHECK(!header(s.bytes, SJ_HEADER_SIZE));
  s.bytes[6] = SJ_BODY_IN_MEMFD;
  CHECK(!header(s.bytes, SJ_HEADER_SIZE)); /* and no descriptor */
  s.bytes[20] = 1;
  CHECK(header(s.bytes, SJ_HEADER_SIZE));
  s.bytes[20] = SJ_FDS_MAX + 1;
  CHECK(!header(s.bytes, SJ_HEADER_SIZE));
  s.bytes[20] = 1;
  sj_patch_u32(&s.w, 16, SJ_BODY_MAX);
  CHECK(header(s.bytes, SJ_HEADER_SIZE));
  sj_patch_u32(&s.w, 16, SJ_BODY_MAX + 1);
  CHECK(!header(s.bytes, SJ_HEADER_SIZE));
  sj_patch_u32(&s.w, 16, UINT32_MAX);
  CHECK(!header(s.bytes, SJ_HEADER_SIZE));
}

static void plans(void) {
  struct sample s;
  struct sj_plan p;
  sample_plan(&s);
  CHECK(sj_decode_plan(s.bytes, s.w.length, 1, &p));
  CHECK(p.flags == SJ_PLAN_INIT && p.clone_flags == 0x20000000);
  CHECK(p.count[0] == 2 && p.count[1] == 13 && p.count[2] == 7 && p.count[3] == 7);
  CHECK(strcmp(p.section[0][1].str[0], "/usr") == 0 && p.section[0][1].num[0] == 3);
  CHECK(p.section[1][2].list.count == 4 && strcmp(p.section[1][2].list.items[3], "0755") == 0);
  CHECK(p.section[1][2].list.items[4] == NULL);
  CHECK(p.section[1][3].blob_size == 19 && memcmp(p.section[1][3].blob, "127.0.0.1", 9) == 0);
  CHECK(p.section[2][1].num[0] == 2 && p.section[2][1].blob_size == 4);
  CHECK(p.section[2][4].blob_size == 4 && p.section[2][4].flags == SJ_SETGROUPS);
  CHECK(strcmp(p.section[3][2].str[1], "a/b") == 0 && strcmp(p.section[3][2].str[2], "user.sandjar") == 0 && p.section[3][2].list.count == 2);
  CHECK(strcmp(p.section[3][5].str[1], "usage_usec") == 0 && p.section[3][5].num[1] == 1000);
  sj_free_plan(&p);
  sj_free_plan(&p); /* may be repeated */
  CHECK(!sj_decode_plan(s.bytes, s.w.length, 0, &p)); /* JOIN names a descriptor that is not there */
  damage(&s, plan);

  sample_start(&s);
  plan_head(&s.w, 0, 0, 0, 0);
  CHECK(plan(s.bytes, s.w.length));
}

/* A plan of one operation, in a section of choice. */
static size_t one_op(struct sample *s, unsigned section, uint16_t code) {
  sample_start(s);
  plan_head(&s->w, section == 0, section == 1, section == 2, section == 3);
  return begin_op(&s->w, code, 0);
}

static bool finished(struct sample *s, size_t at) {
  end_op(&s->w, at);
  return plan(s->bytes, s->w.length);
}

static void operations(void) {
  struct sample s;
  size_t at = one_op(&s, 2, SJ_OP_NO_NEW_PRIVS);
  CHECK(finished(&s, at));
  CHECK(!finished(&s, one_op(&s, 0, SJ_OP_NO_NEW_PRIVS))); /* not its section */
  CHECK(!finished(&s, one_op(&s, 1, 999)));
  CHECK(!finished(&s, one_op(&s, 1, 0)));

  static const uint32_t slots[] = {0, SJ_SLOTS_MAX - 1, SJ_SLOTS_MAX, UINT32_MAX};
  for (unsigned i = 0; i < 4; i++) {
    at = one_op(&s, 1, SJ_OP_ROOT_BIND);
    sj_put_u32(&s.w, slots[i]);
    sj_put_u64(&s.w, 0);
    CHECK(finished(&s, at) == (slots[i] < SJ_SLOTS_MAX));
  }
  static const char *const odd[] = {"size", "1", "mode"};
  at = one_op(&s, 1, SJ_OP_ROOT_FS);
  sj_put_str(&s.w, "tmpfs");
  sj_put_u64(&s.w, 0);
  sample_strv(&s.w, 3, odd);
  CHECK(!finished(&s, at));

  at = one_op(&s, 2, SJ_OP_CREDENTIALS);
  sj_put_u32(&s.w, 0);
  sj_put_u32(&s.w, 0);
  sj_put_u32(&s.w, 2);
  sj_put_u16(&s.w, 0);
  CHECK(!finished(&s, at)); /* half a group */

  at = one_op(&s, 2, SJ_OP_UMASK);
  sj_put_u64(&s.w, 0);
  CHECK(!finished(&s, at)); /* more than its shape */

  static const uint32_t counts[] = {SJ_STRV_MAX + 1, UINT32_MAX, UINT32_MAX / 8, 1000};
  for (unsigned i = 0; i < 4; i++) {
    at = one_op(&s, 1, SJ_OP_ROOT_FS);
    sj_put_str(&s.w, "tmpfs");
    sj_put_u64(&s.w, 0);
    sj_put_u32(&s.w, counts[i]);
    CHECK(!finished(&s, at));
  }
  sample_start(&s);
  plan_head(&s.w, SJ_OPS_MAX, 1, 0, 0);
  CHECK(!plan(s.bytes, s.w.length));
  sample_start(&s);
  plan_head(&s.w, UINT32_MAX, UINT32_MAX, 2, 0);
  CHECK(!plan(s.bytes, s.w.length));
}

/* Names of files in a cgroup lead nowhere else. */
static void cgroup_names(void) {
  static const char *const bad[] = {"", ".", "..", "../x", "a/b", "/memory.max"};
  struct sample s;
  for (unsigned i = 0; i < 6; i++) {
    sample_start(&s);
    plan_head(&s.w, 0, 0, 0, 1);
    sample_cgroup_file(&s.w, SJ_OP_CGROUP_WRITE, bad[i], "1");
    CHECK(!plan(s.bytes, s.w.length));
    sample_watch(&s, 0, bad[i]);
    CHECK(!watch(s.bytes, s.w.length));
  }
  static const uint32_t hierarchies[] = {0, SJ_HIERARCHIES_MAX - 1, SJ_HIERARCHIES_MAX, UINT32_MAX};
  for (unsigned i = 0; i < 4; i++) {
    size_t at = one_op(&s, 3, SJ_OP_CGROUP);
    sj_put_u32(&s.w, hierarchies[i]);
    CHECK(finished(&s, at) == (hierarchies[i] < SJ_HIERARCHIES_MAX));
    sample_watch(&s, hierarchies[i], "memory.events");
    CHECK(watch(s.bytes, s.w.length) == (hierarchies[i] < SJ_HIERARCHIES_MAX));
  }
  size_t at = one_op(&s, 3, SJ_OP_CGROUP_DEVICES);
  sj_put_u32(&s.w, 0);
  sj_put_u32(&s.w, 4);
  sj_put_u32(&s.w, 0);
  CHECK(!finished(&s, at)); /* half an instruction */
}

/* Paths of cgroups lead down, and no further than what is made can be told apart. */
static void cgroup_paths(void) {
  static char deepest[2 * SJ_CGROUP_DEPTH_MAX], deeper[2 * SJ_CGROUP_DEPTH_MAX + 2], longest[SJ_CGROUP_PATH_MAX], longer[SJ_CGROUP_PATH_MAX + 1];
  for (unsigned i = 0; i < SJ_CGROUP_DEPTH_MAX; i++)
    memcpy(deepest + 2 * i, "d/", 2);
  deepest[sizeof deepest - 1] = 0;
  snprintf(deeper, sizeof deeper, "%s/d", deepest);
  memset(longest, 'x', sizeof longest - 1);
  memset(longer, 'x', sizeof longer - 1);
  const struct {
    const char *base, *path, *mark, *file;
    bool good;
  } cases[] = {
      {"/sys/fs/cgroup", "a", "user.x", "cgroup.subtree_control", true},
      {"", "a/b.c/..d", "user.x", "cgroup.subtree_control", true},
      {"", deepest, "user.x", "f", true},
      {"", longest, "user.x", "f", true},
      {"", deeper, "user.x", "f", false},
      {"", longer, "user.x", "f", false},
      {"relative", "a", "user.x", "f", false},
      {"", "", "user.x", "f", false},
      {"", "/a", "user.x", "f", false},
      {"", "a/", "user.x", "f", false},
      {"", "a//b", "user.x", "f", false},
      {"", "a/../b", "user.x", "f", false},
      {"", "..", "user.x", "f", false},
      {"", "./a", "user.x", "f", false},
      {"", "a", "", "f", false},
      {"", "a", "user.x", "../f", false},
      {"", "a", "user.x", "", false},
  };
  struct sample s;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *const writes[] = {cases[i].file, "text"};
    for (uint32_t words = 0; words < 3; words++) {
      size_t at = one_op(&s, 3, SJ_OP_CGROUP_AT);
      sj_put_u32(&s.w, 0);
      sj_put_str(&s.w, cases[i].base);
      sj_put_str(&s.w, cases[i].path);
      sj_put_str(&s.w, cases[i].mark);
      sample_strv(&s.w, words, writes);
      bool good = finished(&s, at);
      if (words == 1)
        CHECK(!good); /* a file without a text */
      else if (words == 2)
        CHECK(good == cases[i].good);
      else if (cases[i].good)
        CHECK(good);
    }
  }
}

static void areas(void) {
  struct sample s;
  struct sj_cgroup_root out;
  sample_area(&s);
  CHECK(sj_decode_cgroup_root(s.bytes, s.w.length, &out));
  CHECK(out.directories.count == 1 && out.actions.count == 6 && strcmp(out.actions.items[3], "remove") == 0);
  sj_free_cgroup_root(&out);
  damage(&s, root);
  static const char *const two[] = {"write", "x"};
  sample_start(&s);
  sample_strv(&s.w, 0, two);
  sample_strv(&s.w, 2, two);
  CHECK(!root(s.bytes, s.w.length));
  static const char *const many[SJ_HIERARCHIES_MAX + 1] = {"a", "a", "a", "a", "a", "a", "a", "a", "a",
                                                          "a", "a", "a", "a", "a", "a", "a", "a"};
  for (unsigned i = 0; i < 2; i++) {
    sample_start(&s);
    sample_strv(&s.w, SJ_HIERARCHIES_MAX + i, many);
    sample_strv(&s.w, 0, many);
    CHECK(root(s.bytes, s.w.length) == (i == 0));
  }
  sample_watch(&s, 2, "memory.pressure");
  damage(&s, watch);
  sample_file(&s, SJ_FILE_SET_ATTRIBUTE, 2);
  damage(&s, file);
  sample_link(&s, SJ_LINK_ASKS, 2, 28);
  damage(&s, link);
  sample_confine(&s, 256, 16);
  damage(&s, confine);
  sample_netlink(&s, 60);
  damage(&s, netlink);
  sample_sysctl(&s, "ipv4/ip_forward");
  damage(&s, sysctl);
  sample_socket(&s, 2, 16);
  damage(&s, datagrams);
  sample_decision(&s, SJ_ANSWER_GO, 0, 3);
  damage(&s, decision);
}

static void texts(void) {
  struct sample s;
  size_t at = one_op(&s, 1, SJ_OP_HOSTNAME);
  sj_put_str(&s.w, "a b");
  CHECK(finished(&s, at));
  s.bytes[s.w.length - 3] = 0; /* a NUL inside */
  CHECK(!plan(s.bytes, s.w.length));
  s.bytes[s.w.length - 3] = ' ';
  s.bytes[s.w.length - 1] = 'c'; /* no NUL at the end */
  CHECK(!plan(s.bytes, s.w.length));
  s.bytes[s.w.length - 1] = 0;
  static const uint32_t lengths[] = {2, 4, 0x7fffffff, 0xfffffffe, 0xffffffff};
  for (unsigned i = 0; i < 5; i++) {
    sj_patch_u32(&s.w, at, lengths[i]);
    CHECK(!plan(s.bytes, s.w.length));
  }
}

static bool start_with(struct start_options o) {
  struct sample s;
  sample_start_request(&s, &o);
  return start(s.bytes, s.w.length);
}

static void starts(void) {
  struct sample s;
  struct sj_start out;
  const struct start_options usual = {0, SJ_MAP_WRITE, 0, 3, 4, STANDARD};
  sample_start_request(&s, &usual);
  CHECK(sj_decode_start(s.bytes, s.w.length, &out));
  CHECK(out.plan == 1 && out.rows == 24 && out.columns == 80 && out.map_mode == SJ_MAP_WRITE);
  CHECK(out.argv.count == 3 && strcmp(out.argv.items[2], "exit 3") == 0 && out.argv.items[3] == NULL);
  CHECK(out.environment.count == 2 && strcmp(out.directory, "/tmp") == 0 && out.nfds == 4 && out.targets[3] == 3);
  sj_free_start(&out);
  damage(&s, start);

  static const uint32_t twice[] = {0, 1, 1, 2}, down[] = {0, 2, 1}, far[] = {0, 1, 2, SJ_TARGET_MAX},
                        too_far[] = {0, 1, 2, SJ_TARGET_MAX + 1}, some[] = {0, 2, 5};
  uint32_t many[SJ_FDS_MAX + 1];
  for (uint32_t i = 0; i <= SJ_FDS_MAX; i++)
    many[i] = i;
  CHECK(!start_with((struct start_options){0, 0, 0, 3, 4, twice}));
  CHECK(!start_with((struct start_options){0, 0, 0, 3, 3, down}));
  CHECK(start_with((struct start_options){0, 0, 0, 3, 4, far}));
  CHECK(!start_with((struct start_options){0, 0, 0, 3, 4, too_far}));
  CHECK(start_with((struct start_options){0, 0, 0, 3, SJ_FDS_MAX, many}));
  CHECK(!start_with((struct start_options){0, 0, 0, 3, SJ_FDS_MAX + 1, many}));
  CHECK(!start_with((struct start_options){0, 0, 0, 3, 3, some})); /* nothing for descriptor 1 */
  CHECK(start_with((struct start_options){SJ_START_PTY, 0, 0, 3, 3, some}));
  CHECK(!start_with((struct start_options){0, 0, 0, 0, 3, STANDARD})); /* no program */
  CHECK(start_with((struct start_options){SJ_START_PROBE, 0, 0, 0, 0, STANDARD}));
  CHECK(!start_with((struct start_options){0, SJ_MAP_HELPER + 1, 4, 3, 3, STANDARD}));
  CHECK(start_with((struct start_options){0, SJ_MAP_HELPER, 4, 3, 3, STANDARD}));
  CHECK(!start_with((struct start_options){0, SJ_MAP_HELPER, 1, 3, 3, STANDARD}));
}

static void templates(void) {
  enum { ID = 8 };
  static const uint32_t ways[] = {SJ_START_FROM_TEMPLATE, SJ_START_MAKE_TEMPLATE};
  struct sample s;
  struct sj_start out;
  for (unsigned i = 0; i < 2; i++) {
    sample_start_request(&s, &(struct start_options){ways[i], SJ_MAP_WRITE, 0, 3, 3, STANDARD});
    CHECK(sj_decode_start(s.bytes, s.w.length, &out));
    CHECK(out.template == 2 && out.flags == ways[i]);
    sj_free_start(&out);
    damage(&s, start);
    sj_patch_u32(&s.w, ID, 0); /* it says a template, and names none */
    CHECK(!start(s.bytes, s.w.length));
  }
  CHECK(!start_with((struct start_options){ways[0] | ways[1], SJ_MAP_WRITE, 0, 3, 3, STANDARD}));
  sample_start_request(&s, &(struct start_options){0, SJ_MAP_WRITE, 0, 3, 3, STANDARD});
  sj_patch_u32(&s.w, ID, 2); /* it names one, for nothing */
  CHECK(!start(s.bytes, s.w.length));
}

static void readers(void) {
  static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  struct sj_reader r;
  sj_reader_init(&r, bytes, sizeof bytes);
  CHECK(sj_u64(&r) == 0x0807060504030201u && !r.bad);
  CHECK(sj_u16(&r) == 0 && r.bad);
  CHECK(sj_u32(&r) == 0 && sj_str(&r)[0] == 0 && r.bad); /* it stays bad, whatever is left */
}

static void writers(void) {
  uint8_t bytes[6];
  struct sj_writer w = {bytes, sizeof bytes, 0, false};
  sj_put_u32(&w, 0x01020304);
  CHECK(!w.full && w.length == 4);
  sj_put_u32(&w, 5); /* two bytes too many: nothing is written beyond the buffer */
  CHECK(w.full && w.length <= sizeof bytes);
}

static void write_seed(const char *directory, const char *name, uint8_t kind, const struct sample *s) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *f = fopen(path, "wb");
  CHECK(f != NULL && fputc(kind, f) == kind && fwrite(s->bytes, 1, s->w.length, f) == s->w.length && fclose(f) == 0);
}

/* Beside it there is one for each other fuzz target, whom the first byte tells which decoder is meant. */
static void write_seeds(const char *directory) {
  struct sample s;
  sample_header(&s);
  write_seed(directory, "header", 0, &s);
  sample_plan(&s);
  write_seed(directory, "plan", 1, &s);
  sample_start_request(&s, &(struct start_options){0, SJ_MAP_WRITE, 0, 3, 4, STANDARD});
  write_seed(directory, "start", 2, &s);
  sample_start_request(&s, &(struct start_options){SJ_START_PTY, SJ_MAP_HELPER, 4, 3, 0, STANDARD});
  write_seed(directory, "start-pty", 2, &s);
  sample_start_request(&s, &(struct start_options){SJ_START_MAKE_TEMPLATE, SJ_MAP_WRITE, 0, 3, 4, STANDARD});
  write_seed(directory, "start-template", 2, &s);
  sample_area(&s);
  write_seed(directory, "root", 3, &s);
  sample_watch(&s, 2, "memory.pressure");
  write_seed(directory, "watch", 4, &s);
  sample_file(&s, SJ_FILE_SET_ATTRIBUTE, 2);
  write_seed(directory, "file", 5, &s);
  sample_link(&s, SJ_LINK_ASKS, 2, 28);
  write_seed(directory, "link", 6, &s);
  sample_confine(&s, 256, 16);
  write_seed(directory, "confine", 7, &s);
  sample_decision(&s, SJ_ANSWER_GO, 0, 3);
  write_seed(directory, "decision", 8, &s);
  sample_netlink(&s, 60);
  write_seed(directory, "../fuzz_keeper/netlink", 0, &s);
  sample_sysctl(&s, "ipv4/ip_forward");
  write_seed(directory, "../fuzz_keeper/sysctl", 1, &s);
  sample_socket(&s, 2, 16);
  write_seed(directory, "../fuzz_keeper/socket", 2, &s);
  sample_steps(&s, 3);
  write_seed(directory, "../fuzz_keeper/steps", 3, &s);
}

static void files(void) {
  struct sample s;
  struct sj_file_request out;
  const uint32_t unknown[] = {0, SJ_FILE_CALLS_END, UINT32_MAX};
  sample_file(&s, SJ_FILE_RENAME, 2);
  CHECK(sj_decode_file(s.bytes, s.w.length, &out));
  CHECK(out.call == SJ_FILE_RENAME && out.num[2] == 2 && out.size == 2 && out.value[1] == 0x77);
  CHECK(strcmp(out.name, "name") == 0 && strcmp(out.other, "user.other") == 0);
  for (unsigned i = 0; i < 3; i++) {
    sample_file(&s, unknown[i], 2);
    CHECK(!file(s.bytes, s.w.length));
  }
  const uint32_t sizes[] = {0, 1, 3, UINT32_MAX};
  for (unsigned i = 0; i < 4; i++) {
    sample_file(&s, SJ_FILE_OPEN, sizes[i]);
    CHECK(!file(s.bytes, s.w.length));
  }
}

/* Messages that the kernel would read in another way, or not answer, are refused, and so is a descriptor anywhere but inside them. */
static void networks(void) {
  static const struct {
    uint32_t length;
    uint16_t flags;
    uint32_t number;
    bool good;
  } messages[] = {{32, SAMPLE_ACKED, 1, true}, {16, SAMPLE_ACKED, 1, false}, {36, SAMPLE_ACKED, 1, false}, {33, SAMPLE_ACKED, 1, false},
                  {0, SAMPLE_ACKED, 1, false}, {UINT32_MAX, SAMPLE_ACKED, 1, false}, {32, 1, 1, false}, {32, SAMPLE_ACKED, 2, false}};
  struct sample s;
  struct sj_netlink_request out;
  sample_netlink(&s, 60);
  CHECK(sj_decode_netlink(s.bytes, s.w.length, &out) && out.count == 2 && out.size == 64 && out.patches == 1);
  CHECK(sj_decode_patch(&out, 0).offset == 60 && sj_decode_patch(&out, 0).space == 9);
  const uint32_t offsets[] = {0, 12, 17, 61, 64, UINT32_MAX, UINT32_MAX - 3};
  for (unsigned i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
    sample_netlink(&s, offsets[i]);
    CHECK(!netlink(s.bytes, s.w.length));
  }
  for (unsigned i = 0; i < sizeof messages / sizeof messages[0]; i++) {
    sample_start(&s);
    sj_put_u64(&s.w, 0);
    sj_put_u32(&s.w, 32);
    sample_message(&s.w, messages[i].length, messages[i].flags, messages[i].number);
    CHECK(netlink(s.bytes, s.w.length) == messages[i].good);
  }
  for (uint32_t count = 0; count <= SJ_NETLINK_MAX + 1; count++) {
    sample_start(&s);
    sj_put_u64(&s.w, 0);
    sj_put_u32(&s.w, 32 * count);
    for (uint32_t i = 0; i < count; i++)
      sample_message(&s.w, 32, SAMPLE_ACKED, i + 1);
    CHECK(netlink(s.bytes, s.w.length) == (count > 0 && count <= SJ_NETLINK_MAX));
  }
  /* Those that are not answered have no number, and are any number; one has to be answered. */
  for (uint32_t answered = 0; answered < 2; answered++) {
    sample_start(&s);
    sj_put_u64(&s.w, 0);
    sj_put_u32(&s.w, 32 * (SJ_NETLINK_MAX + 1 + answered));
    for (uint32_t i = 0; i < SJ_NETLINK_MAX + 1; i++)
      sample_message(&s.w, 32, 1, 0);
    if (answered > 0)
      sample_message(&s.w, 32, SAMPLE_ACKED, 1);
    CHECK(netlink(s.bytes, s.w.length) == (answered > 0));
  }
  static const char *const out_of_reach[] = {"", "/etc/passwd", "..", "ipv4/../../kernel/core_pattern", "ipv4//x", "ipv4/", "./ipv4"};
  for (unsigned i = 0; i < sizeof out_of_reach / sizeof out_of_reach[0]; i++) {
    sample_sysctl(&s, out_of_reach[i]);
    CHECK(!sysctl(s.bytes, s.w.length));
  }
  sample_sysctl(&s, "ipv4/conf/eth0..1/x");
  CHECK(sysctl(s.bytes, s.w.length));
  const uint32_t families[][3] = {{2, 16, 1}, {10, 28, 1}, {2, 28, 0}, {10, 16, 0}, {1, 16, 0}, {2, 0, 0}, {2, 1, 0}, {2, 2, 0}};
  for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
    sample_socket(&s, (uint16_t)families[i][0], families[i][1]);
    CHECK(datagrams(s.bytes, s.w.length) == (families[i][2] == 1));
  }
}

static void steps(void) {
  struct sample s;
  struct sj_reader r;
  uint32_t count;
  sample_steps(&s, 3);
  CHECK(sj_decode_steps(s.bytes, s.w.length, &count, &r) && count == 3);
  CHECK(sj_next_step(&r).type == SJ_NET_NEW);
  struct sj_net_step second = sj_next_step(&r);
  CHECK(second.type == SJ_NET_SEND && second.space == 9 && netlink(second.body, second.size));
  for (size_t size = 0; size < s.w.length; size++)
    CHECK(!sj_decode_steps(s.bytes, size, &count, &r));
  s.bytes[4] = SJ_NET_DROP;
  CHECK(!sj_decode_steps(s.bytes, s.w.length, &count, &r));
  sample_start(&s);
  sj_put_u32(&s.w, SJ_NET_STEPS_MAX + 1);
  for (uint32_t i = 0; i < SJ_NET_STEPS_MAX + 1; i++) {
    sj_put_u16(&s.w, SJ_NET_SYSCTL);
    sj_put_u64(&s.w, 1);
    sj_put_u32(&s.w, 0);
  }
  CHECK(!s.w.full && !sj_decode_steps(s.bytes, s.w.length, &count, &r));
}

static void cables(void) {
  struct sample s;
  struct sj_way_request w;
  struct sj_packet_request p;
  const uint64_t all = UINT64_C(1) << 32;
  sample_way(&s, 1, 2, 3, all, 5);
  CHECK(sj_decode_way(s.bytes, s.w.length, &w) && w.from == 1 && w.to == 2 && w.delay == 3 && w.losses == all && w.seed == 5 && w.waiting == 1 << 20);
  CHECK(!sj_decode_way(s.bytes, s.w.length - 1, &w));
  sample_way(&s, 1, 1, 3, 4, 5);
  CHECK(!sj_decode_way(s.bytes, s.w.length, &w));
  sample_way(&s, 1, SJ_CABLE_PORTS_MAX, 3, 4, 5);
  CHECK(!sj_decode_way(s.bytes, s.w.length, &w));
  sample_way(&s, 1, 2, 3, all + 1, 5);
  CHECK(!sj_decode_way(s.bytes, s.w.length, &w));
  sample_way(&s, 1, 2, UINT64_MAX, 4, 5);
  CHECK(!sj_decode_way(s.bytes, s.w.length, &w));
  sample_packet(&s, 7, 1);
  CHECK(sj_decode_packet(s.bytes, s.w.length, &p) && p.device == 7 && p.headers == 1);
  sample_packet(&s, 7, 2);
  CHECK(!sj_decode_packet(s.bytes, s.w.length, &p));
  sample_packet(&s, UINT32_MAX, 0);
  CHECK(!sj_decode_packet(s.bytes, s.w.length, &p));
  uint32_t count;
  struct sj_reader r;
  sample_start(&s);
  sj_put_u32(&s.w, 2);
  for (uint32_t i = 0; i < 2; i++) {
    sj_put_u32(&s.w, SJ_CABLE_WAYS_MAX - 2 + i);
    sj_put_u32(&s.w, i);
  }
  CHECK(sj_decode_cable_end(s.bytes, s.w.length, &count, &r) && count == 2);
  struct sj_way_end first = sj_next_way_end(&r), second = sj_next_way_end(&r);
  CHECK(first.way == SJ_CABLE_WAYS_MAX - 2 && !first.lost && second.way == SJ_CABLE_WAYS_MAX - 1 && second.lost);
  CHECK(!sj_decode_cable_end(s.bytes, s.w.length - 1, &count, &r) && !sj_decode_cable_end(s.bytes, s.w.length + 1, &count, &r));
  s.bytes[16] = 2;
  CHECK(!sj_decode_cable_end(s.bytes, s.w.length, &count, &r));
  s.bytes[16] = 1;
  s.bytes[13] = SJ_CABLE_WAYS_MAX >> 8;
  CHECK(!sj_decode_cable_end(s.bytes, s.w.length, &count, &r));
  s.bytes[0] = 255;
  CHECK(!sj_decode_cable_end(s.bytes, s.w.length, &count, &r));
}

static void links(void) {
  struct sample s;
  struct sj_link_request out;
  struct sj_confine_request rights;
  sample_link(&s, SJ_LINK_ASKS, 2, 28);
  CHECK(sj_decode_link(s.bytes, s.w.length, &out));
  CHECK(out.flags == SJ_LINK_ASKS && out.first == 6 && out.count == 2 && out.size == 28 && out.address[27] == 27);
  const uint32_t bad[][3] = {{2, 1, 0}, {4, 1, 16}, {3, 1, 16}, {8, 1, 16}, {0, 0, 16}, {0, SJ_LINK_PLACES + 1, 16}, {0, 1, 0}, {0, 1, 2}, {0, 1, SJ_ADDRESS_MAX + 1}};
  for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    sample_link(&s, bad[i][0], bad[i][1], bad[i][2]);
    CHECK(!link(s.bytes, s.w.length));
  }
  sample_link(&s, 0, 1, SJ_ADDRESS_MAX);
  CHECK(link(s.bytes, s.w.length));
  sample_link(&s, SJ_LINK_ASKS | SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES, 1, 0);
  CHECK(link(s.bytes, s.w.length));
  sample_confine(&s, 256, 16);
  CHECK(sj_decode_confine(s.bytes, s.w.length, &rights) && rights.connections == 256 && rights.size == 16);
  CHECK(rights.first_bytes == 1 && rights.reaching == 2 && rights.bytes == 3 && rights.per_second == 4);
  const uint32_t refused[][2] = {{0, 8}, {SJ_CONNECTIONS_MAX + 1, 8}, {1, 0}, {1, 12}};
  for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    sample_confine(&s, refused[i][0], refused[i][1]);
    CHECK(!confine(s.bytes, s.w.length));
  }
  sample_confine(&s, SJ_CONNECTIONS_MAX, 8);
  CHECK(confine(s.bytes, s.w.length));
}

static void decisions(void) {
  struct sample s;
  struct sj_decision out;
  sample_decision(&s, SJ_ANSWER_GO, 7, SJ_DECIDED_MAX);
  CHECK(sj_decode_decision(s.bytes, s.w.length, &out));
  CHECK(out.answer == SJ_ANSWER_GO && out.bytes == 7 && out.count == SJ_DECIDED_MAX && out.address[0].size == 16 && out.address[7].size == 28);
  CHECK(out.taken == 3 && out.said[SJ_SAY_CLIENT].size == 0 && out.said[SJ_SAY_SERVER].size == 2 && out.said[SJ_SAY_SERVER].bytes[1] == 1);
  const uint32_t bad[][3] = {{SJ_ANSWER_HAND + 1, 0, 0}, {SJ_ANSWER_MORE, SJ_FIRST_BYTES_MAX + 1, 0}, {SJ_ANSWER_GO, 0, SJ_DECIDED_MAX + 1}};
  for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    sample_decision(&s, bad[i][0], bad[i][1], bad[i][2]);
    CHECK(!decision(s.bytes, s.w.length));
  }
  sample_decision(&s, SJ_ANSWER_GO, 0, 1);
  s.bytes[35] = 1; /* a socket of a file is nothing that a name has */
  CHECK(!decision(s.bytes, s.w.length));
}

/* Of a socket inside there is either an address or a path. */
static void places(void) {
  static const struct {
    uint32_t size;
    const char *path;
    bool good;
  } cases[] = {{16, "", true}, {0, "/run/x", true}, {16, "/run/x", false}, {0, "", false}, {0, "x", false}, {SJ_ADDRESS_MAX + 1, "", false}};
  const uint16_t codes[] = {SJ_OP_LISTEN, SJ_OP_REACH};
  struct sample s;
  for (unsigned c = 0; c < 2; c++)
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      size_t at = one_op(&s, 1, codes[c]);
      sj_put_u32(&s.w, 1);
      sample_address(&s.w, cases[i].size);
      sj_put_str(&s.w, cases[i].path);
      CHECK(finished(&s, at) == cases[i].good);
    }
}

int main(int argc, char **argv) {
  if (argc == 2) {
    write_seeds(argv[1]);
    return 0;
  }
  readers();
  writers();
  headers();
  plans();
  operations();
  cgroup_names();
  cgroup_paths();
  areas();
  texts();
  starts();
  templates();
  files();
  links();
  steps();
  cables();
  networks();
  decisions();
  places();
  return 0;
}
