#include "protocol/decode.h"

#include <stdlib.h>
#include <string.h>

void sj_reader_init(struct sj_reader *r, const uint8_t *data, size_t size) {
  r->at = data;
  r->end = data + size;
  r->bad = false;
}

static const uint8_t *take(struct sj_reader *r, size_t size) {
  const uint8_t *at = r->at;
  if (r->bad || (size_t)(r->end - at) < size) {
    r->bad = true;
    return NULL;
  }
  r->at = at + size;
  return at;
}

uint16_t sj_u16(struct sj_reader *r) {
  const uint8_t *p = take(r, 2);
  return p == NULL ? 0 : (uint16_t)(p[0] | p[1] << 8);
}

uint32_t sj_u32(struct sj_reader *r) {
  uint32_t low = sj_u16(r);
  return low | (uint32_t)sj_u16(r) << 16;
}

uint64_t sj_u64(struct sj_reader *r) {
  uint64_t low = sj_u32(r);
  return low | (uint64_t)sj_u32(r) << 32;
}

const char *sj_str(struct sj_reader *r) {
  uint32_t n = sj_u32(r);
  const uint8_t *p = n == UINT32_MAX ? take(r, SIZE_MAX) : take(r, (size_t)n + 1);
  if (p == NULL)
    return "";
  if (p[n] != 0 || memchr(p, 0, n) != NULL) {
    r->bad = true;
    return "";
  }
  return (const char *)p;
}

static void read_strv(struct sj_reader *r, struct sj_strv *out) {
  uint32_t count = sj_u32(r);
  /* The smallest str has five bytes, so a count that can't be there is refused before anything is allocated for it. */
  if (r->bad || count > SJ_STRV_MAX || (size_t)(r->end - r->at) / 5 < count) {
    r->bad = true;
    return;
  }
  const char **items = calloc((size_t)count + 1, sizeof *items);
  if (items == NULL) {
    r->bad = true;
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    items[i] = sj_str(r);
  out->count = count;
  out->items = items;
}

static void free_strv(struct sj_strv *list) {
  free(list->items);
  list->items = NULL;
  list->count = 0;
}

bool sj_decode_header(const uint8_t *data, size_t size, struct sj_header *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  uint32_t magic = sj_u32(&r);
  out->type = sj_u16(&r);
  out->flags = sj_u16(&r);
  out->id = sj_u64(&r);
  out->length = sj_u32(&r);
  out->nfds = sj_u32(&r);
  if (r.bad || magic != SJ_MAGIC || out->length > SJ_BODY_MAX || out->nfds > SJ_FDS_MAX)
    return false;
  if ((out->flags & ~SJ_BODY_IN_MEMFD) != 0)
    return false;
  if (out->flags & SJ_BODY_IN_MEMFD)
    return out->nfds > 0 && size == SJ_HEADER_SIZE;
  return size - SJ_HEADER_SIZE == out->length;
}

/*
 * The body of each operation, one letter a field: u i = u32 or i32, l = u64 or i64, s = str, v = strv, b = blob.
 * One table keeps decoder, fuzzer and executor from drifting apart.
 */
static const struct {
  uint16_t code;
  uint8_t sections; /* bit 0 outer, 1 setup, 2 process, 3 cgroup */
  const char *fields;
} shapes[] = {
    {SJ_OP_JOIN, 1, "uu"},         {SJ_OP_OPEN_TREE, 3, "usss"},  {SJ_OP_TIME_OFFSETS, 2, "lulu"},
    {SJ_OP_NETWORK, 2, ""},    {SJ_OP_HOSTNAME, 2, "s"},      {SJ_OP_DOMAINNAME, 2, "s"},
    {SJ_OP_SETID, 2, "uu"},        {SJ_OP_PRIVATE, 2, ""},        {SJ_OP_ROOT_FS, 2, "slv"},
    {SJ_OP_ROOT_BIND, 2, "ul"},    {SJ_OP_MKDIR, 2, "su"},        {SJ_OP_SYMLINK, 2, "ss"},
    {SJ_OP_FILE, 2, "sub"},        {SJ_OP_MOUNT, 6, "sslv"},      {SJ_OP_BIND, 2, "usl"},
    {SJ_OP_ATTRIBUTES, 6, "sl"},   {SJ_OP_MASK, 6, "s"},          {SJ_OP_PIVOT, 6, ""},
    {SJ_OP_PROPAGATION, 6, "su"},  {SJ_OP_MKNOD, 2, "suuuuu"},    {SJ_OP_PAUSE, 2, "u"},
    {SJ_OP_ENTER, 2, ""},          {SJ_OP_PROC_FILE, 2, "ssbv"},
    {SJ_OP_RELAY, 2, ""},          {SJ_OP_LISTEN, 2, "ubs"},      {SJ_OP_REACH, 2, "ubs"},
    {SJ_OP_OWNER, 2, "uu"},         {SJ_OP_NETLINK, 2, "ub"},
    {SJ_OP_WRITE_PROC, 6, "ss"},   {SJ_OP_UMASK, 4, "u"},         {SJ_OP_NICE, 4, "u"},
    {SJ_OP_IOPRIO, 4, "u"},        {SJ_OP_AFFINITY, 4, "b"},      {SJ_OP_RLIMIT, 4, "ull"},
    {SJ_OP_PERSONALITY, 4, "l"},   {SJ_OP_KEYRING, 6, ""},        {SJ_OP_CREDENTIALS, 4, "uub"},
    {SJ_OP_CAPABILITIES, 4, "lllll"}, {SJ_OP_NO_NEW_PRIVS, 6, ""},
    {SJ_OP_SECCOMP, 4, "ub"},      {SJ_OP_LANDLOCK, 4, "lllv"},   {SJ_OP_SPECULATION, 4, "uu"},
    {SJ_OP_CORE_SCHED, 4, ""},     {SJ_OP_SCHEDULER, 4, "b"},     {SJ_OP_CGROUP_NAMESPACE, 4, ""}, {SJ_OP_CGROUP, 8, "u"},      {SJ_OP_CGROUP_WRITE, 8, "uss"},
    {SJ_OP_CGROUP_JOIN, 8, "us"},  {SJ_OP_CGROUP_READ, 8, "us"},  {SJ_OP_CGROUP_KILL, 8, "uss"},
    {SJ_OP_CGROUP_CPU, 8, "ussl"}, {SJ_OP_CGROUP_OOM, 8, "uss"},  {SJ_OP_CGROUP_DEVICES, 8, "ub"},
    {SJ_OP_CGROUP_AT, 8, "usssv"},
};

static const char *fields_of(uint16_t code, unsigned section) {
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    if (shapes[i].code == code)
      return shapes[i].sections & 1u << section ? shapes[i].fields : NULL;
  return NULL;
}

/* A file of a cgroup is named, never reached: a path could lead out. */
static bool is_name(const char *s) {
  return s[0] != 0 && strchr(s, '/') == NULL && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

/* Names with one slash between any two. */
static bool is_path(const char *s) {
  char name[SJ_CGROUP_PATH_MAX];
  unsigned depth = 0;
  if (strlen(s) >= sizeof name)
    return false;
  for (const char *end; depth++ < SJ_CGROUP_DEPTH_MAX; s = end + 1) {
    end = strchr(s, '/');
    size_t n = end == NULL ? strlen(s) : (size_t)(end - s);
    memcpy(name, s, n);
    name[n] = 0;
    if (!is_name(name))
      return false;
    if (end == NULL)
      return true;
  }
  return false;
}

static bool are_writes(const struct sj_strv *list) {
  for (uint32_t i = 0; i + 1 < list->count; i += 2)
    if (!is_name(list->items[i]))
      return false;
  return list->count % 2 == 0;
}

static bool decode_op(struct sj_reader *r, unsigned section, uint32_t plan_fds, struct sj_op *op) {
  op->code = sj_u16(r);
  op->flags = sj_u16(r);
  uint32_t length = sj_u32(r);
  const char *field = fields_of(op->code, section);
  const uint8_t *body = take(r, length);
  if (body == NULL || field == NULL)
    return false;
  struct sj_reader b;
  sj_reader_init(&b, body, length);
  unsigned nums = 0, strs = 0;
  for (; *field != 0; field++) {
    switch (*field) {
    case 'u':
      op->num[nums++] = sj_u32(&b);
      break;
    case 'l':
      op->num[nums++] = sj_u64(&b);
      break;
    case 's':
      op->str[strs++] = sj_str(&b);
      break;
    case 'v':
      read_strv(&b, &op->list);
      break;
    default:
      op->blob_size = sj_u32(&b);
      op->blob = take(&b, op->blob_size);
      break;
    }
  }
  if (b.bad || b.at != b.end)
    return false;
  switch (op->code) {
  case SJ_OP_JOIN:
    return op->num[1] < plan_fds;
  case SJ_OP_OPEN_TREE:
  case SJ_OP_ROOT_BIND:
  case SJ_OP_BIND:
    return op->num[0] < SJ_SLOTS_MAX;
  case SJ_OP_ROOT_FS:
  case SJ_OP_MOUNT:
    return op->list.count % 2 == 0;
  case SJ_OP_PROC_FILE:
    return is_name(op->str[1]) && op->list.count % 2 == 0;
  case SJ_OP_NETLINK:
    return sj_count_messages(op->blob, op->blob_size) > 0;
  case SJ_OP_LISTEN:
  case SJ_OP_REACH:
    return (op->blob_size == 0) == (op->str[0][0] == '/') && op->blob_size <= SJ_ADDRESS_MAX;
  case SJ_OP_CREDENTIALS:
    return op->blob_size % 4 == 0;
  case SJ_OP_SECCOMP:
    return op->blob_size > 0 && op->blob_size % 8 == 0;
  case SJ_OP_CGROUP_DEVICES:
    return op->num[0] < SJ_HIERARCHIES_MAX && op->blob_size > 0 && op->blob_size % 8 == 0;
  case SJ_OP_CGROUP:
    return op->num[0] < SJ_HIERARCHIES_MAX;
  case SJ_OP_CGROUP_AT:
    return op->num[0] < SJ_HIERARCHIES_MAX && (op->str[0][0] == 0 || op->str[0][0] == '/') && is_path(op->str[1]) && op->str[2][0] != 0 &&
           are_writes(&op->list);
  case SJ_OP_CGROUP_OOM:
    return op->num[0] < SJ_HIERARCHIES_MAX && is_name(op->str[0]) && is_name(op->str[1]);
  case SJ_OP_CGROUP_CPU:
    return op->num[0] < SJ_HIERARCHIES_MAX && is_name(op->str[0]) && op->num[1] > 0;
  case SJ_OP_CGROUP_WRITE:
  case SJ_OP_CGROUP_JOIN:
  case SJ_OP_CGROUP_READ:
  case SJ_OP_CGROUP_KILL:
    return op->num[0] < SJ_HIERARCHIES_MAX && is_name(op->str[0]);
  default:
    return true;
  }
}

bool sj_decode_plan(const uint8_t *data, size_t size, uint32_t plan_fds, struct sj_plan *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->flags = sj_u32(&r);
  out->clone_flags = sj_u64(&r);
  uint64_t total = 0;
  for (unsigned s = 0; s < SJ_SECTIONS; s++) {
    out->count[s] = sj_u32(&r);
    total += out->count[s];
  }
  if (r.bad || total > SJ_OPS_MAX)
    return false;
  out->ops = calloc((size_t)total + 1, sizeof *out->ops);
  if (out->ops == NULL)
    return false;
  struct sj_op *op = out->ops;
  for (unsigned s = 0; s < SJ_SECTIONS; s++) {
    out->section[s] = op;
    for (uint32_t i = 0; i < out->count[s]; i++, op++) {
      if (!decode_op(&r, s, plan_fds, op)) {
        sj_free_plan(out);
        return false;
      }
    }
  }
  if (r.bad || r.at != r.end) {
    sj_free_plan(out);
    return false;
  }
  return true;
}

void sj_free_plan(struct sj_plan *plan) {
  if (plan->ops == NULL)
    return;
  for (size_t i = 0; i < SJ_OPS_MAX && plan->ops[i].code != 0; i++)
    free_strv(&plan->ops[i].list);
  free(plan->ops);
  plan->ops = NULL;
}

bool sj_decode_start(const uint8_t *data, size_t size, struct sj_start *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->plan = sj_u64(&r);
  out->template = sj_u64(&r);
  out->flags = sj_u32(&r);
  out->rows = sj_u16(&r);
  out->columns = sj_u16(&r);
  out->timeout = sj_u64(&r);
  out->cpu_time = sj_u64(&r);
  out->grace = sj_u64(&r);
  out->stop_signal = sj_u32(&r);
  out->map_mode = sj_u32(&r);
  out->uid_map = sj_str(&r);
  out->gid_map = sj_str(&r);
  read_strv(&r, &out->uid_command);
  read_strv(&r, &out->gid_command);
  read_strv(&r, &out->paths);
  read_strv(&r, &out->argv);
  read_strv(&r, &out->environment);
  out->directory = sj_str(&r);
  out->nfds = sj_u32(&r);
  bool good = !r.bad && out->nfds <= SJ_FDS_MAX && out->map_mode <= SJ_MAP_HELPER && out->stop_signal <= SJ_SIGNAL_MAX;
  uint32_t low = 0; /* how many of 0, 1, 2 are there */
  for (uint32_t i = 0; good && i < out->nfds; i++) {
    out->targets[i] = sj_u32(&r);
    if (out->targets[i] > SJ_TARGET_MAX || (i > 0 && out->targets[i] <= out->targets[i - 1]))
      good = false;
    low += out->targets[i] < 3;
  }
  bool from = out->flags & SJ_START_FROM_TEMPLATE, make = out->flags & SJ_START_MAKE_TEMPLATE;
  good = good && !r.bad && r.at == r.end && !(from && make) && (from || make) == (out->template != 0);
  if (good && !(out->flags & (SJ_START_PROBE | SJ_START_PREPARE)))
    good = out->argv.count > 0 && out->paths.count > 0 && (low == 3 || (out->flags & SJ_START_PTY));
  if (good && out->map_mode == SJ_MAP_HELPER)
    good = out->uid_command.count > 1 && out->gid_command.count > 1;
  if (!good)
    sj_free_start(out);
  return good;
}

void sj_free_start(struct sj_start *start) {
  free_strv(&start->uid_command);
  free_strv(&start->gid_command);
  free_strv(&start->paths);
  free_strv(&start->argv);
  free_strv(&start->environment);
}

bool sj_decode_link(const uint8_t *data, size_t size, struct sj_link_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->flags = sj_u32(&r);
  out->first = sj_u32(&r);
  out->count = sj_u32(&r);
  out->size = sj_u32(&r);
  out->address = take(&r, out->size);
  bool named = out->flags & SJ_LINK_NAMED;
  bool asks = out->flags & SJ_LINK_ASKS || (out->flags & (SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES)) == 0;
  return !r.bad && r.at == r.end && (out->flags & ~(uint32_t)(SJ_LINK_ASKS | SJ_LINK_NAMED | SJ_LINK_FIRST_BYTES)) == 0 && asks &&
         out->count >= 1 && out->count <= SJ_LINK_PLACES && out->first < SJ_OPS_MAX &&
         (named ? out->size == 0 : out->size > 2 && out->size <= SJ_ADDRESS_MAX);
}

/* Families are those of the kernel's headers, which this file does without: sockaddr_in is 2 and 16 bytes, sockaddr_in6 10 and 28. */
static bool is_internet(const uint8_t *address, uint32_t size) {
  uint16_t family;
  if (size < sizeof family)
    return false;
  memcpy(&family, address, sizeof family);
  return (family == 2 && size == 16) || (family == 10 && size == SJ_NAMED_ADDRESS_MAX);
}

bool sj_decode_decision(const uint8_t *data, size_t size, struct sj_decision *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->answer = sj_u32(&r);
  out->bytes = sj_u32(&r);
  out->taken = sj_u32(&r);
  size_t all = 0;
  for (uint32_t i = 0; i < SJ_SAID_COUNT; i++) {
    out->said[i].size = sj_u32(&r);
    out->said[i].bytes = take(&r, out->said[i].size);
    all += out->said[i].size;
  }
  out->count = sj_u32(&r);
  if (r.bad || out->answer > SJ_ANSWER_MORE || out->bytes > SJ_FIRST_BYTES_MAX || out->taken > SJ_FIRST_BYTES_MAX || all > SJ_SAID_MAX ||
      out->count > SJ_DECIDED_MAX)
    return false;
  for (uint32_t i = 0; i < out->count; i++) {
    out->address[i].size = sj_u32(&r);
    out->address[i].bytes = take(&r, out->address[i].size);
    if (r.bad || !is_internet(out->address[i].bytes, out->address[i].size))
      return false;
  }
  return r.at == r.end;
}

bool sj_decode_confine(const uint8_t *data, size_t size, struct sj_confine_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->connections = sj_u32(&r);
  out->first_bytes = sj_u64(&r);
  out->reaching = sj_u64(&r);
  out->bytes = sj_u64(&r);
  out->per_second = sj_u32(&r);
  out->size = sj_u32(&r);
  out->filter = take(&r, out->size);
  return !r.bad && r.at == r.end && out->connections >= 1 && out->connections <= SJ_CONNECTIONS_MAX && out->size > 0 && out->size % 8 == 0;
}

bool sj_decode_cgroup_root(const uint8_t *data, size_t size, struct sj_cgroup_root *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  read_strv(&r, &out->directories);
  read_strv(&r, &out->actions);
  if (!r.bad && r.at == r.end && out->directories.count <= SJ_HIERARCHIES_MAX && out->actions.count % 3 == 0)
    return true;
  sj_free_cgroup_root(out);
  return false;
}

void sj_free_cgroup_root(struct sj_cgroup_root *root) {
  free_strv(&root->directories);
  free_strv(&root->actions);
}

bool sj_decode_watch(const uint8_t *data, size_t size, struct sj_watch_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->number = sj_u32(&r);
  out->hierarchy = sj_u32(&r);
  out->file = sj_str(&r);
  out->control = sj_str(&r);
  out->text = sj_str(&r);
  return !r.bad && r.at == r.end && out->hierarchy < SJ_HIERARCHIES_MAX && is_name(out->file) &&
         (out->control[0] == 0 || is_name(out->control));
}

bool sj_decode_file(const uint8_t *data, size_t size, struct sj_file_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->call = sj_u32(&r);
  for (unsigned i = 0; i < 3; i++)
    out->num[i] = sj_u64(&r);
  out->name = sj_str(&r);
  out->other = sj_str(&r);
  out->size = sj_u32(&r);
  out->value = take(&r, out->size);
  return !r.bad && r.at == r.end && out->call >= SJ_FILE_OPEN && out->call < SJ_FILE_CALLS_END;
}

enum { NETLINK_HEADER = 16, NETLINK_ACK = 4 };

/* Whole messages that follow each other, numbered from 1 on, each of which will be answered. The integers are those of this machine. */
uint32_t sj_count_messages(const uint8_t *messages, uint32_t size) {
  uint32_t length, number, count = 0, at = 0;
  uint16_t flags;
  for (; at < size; at += length) {
    if (size - at < NETLINK_HEADER || count++ == SJ_NETLINK_MAX)
      return 0;
    memcpy(&length, messages + at, sizeof length);
    memcpy(&flags, messages + at + 6, sizeof flags);
    memcpy(&number, messages + at + 8, sizeof number);
    if (length < NETLINK_HEADER || length % 4 != 0 || length > size - at || number != count || !(flags & NETLINK_ACK))
      return 0;
  }
  return count;
}

struct sj_patch sj_decode_patch(const struct sj_netlink_request *request, uint32_t index) {
  struct sj_reader r;
  struct sj_patch patch;
  sj_reader_init(&r, request->patch + (size_t)index * SJ_PATCH_SIZE, SJ_PATCH_SIZE);
  patch.offset = sj_u32(&r);
  patch.space = sj_u64(&r);
  return patch;
}

bool sj_decode_netlink(const uint8_t *data, size_t size, struct sj_netlink_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  memset(out, 0, sizeof *out);
  out->protocol = sj_u32(&r);
  out->patches = sj_u32(&r);
  if (r.bad || out->patches > SJ_NETLINK_MAX)
    return false;
  out->patch = take(&r, (size_t)out->patches * SJ_PATCH_SIZE);
  out->size = sj_u32(&r);
  out->messages = take(&r, out->size);
  out->count = r.bad ? 0 : sj_count_messages(out->messages, out->size);
  if (r.bad || r.at != r.end || out->count == 0)
    return false;
  for (uint32_t i = 0; i < out->patches; i++) {
    uint32_t offset = sj_decode_patch(out, i).offset;
    if (offset % 4 != 0 || offset < NETLINK_HEADER || out->size < 4 || offset > out->size - 4)
      return false;
  }
  return true;
}

/* It names a file beneath a directory, and nothing above that. */
static bool is_beneath(const char *s) {
  for (;; s++) {
    size_t n = strcspn(s, "/");
    if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
      return false;
    s += n;
    if (*s == 0)
      return true;
  }
}

bool sj_decode_sysctl(const uint8_t *data, size_t size, struct sj_sysctl_request *out) {
  struct sj_reader r;
  sj_reader_init(&r, data, size);
  out->path = sj_str(&r);
  out->value = sj_str(&r);
  return !r.bad && r.at == r.end && is_beneath(out->path);
}
