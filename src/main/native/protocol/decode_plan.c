#include "protocol/decode.h"

#include <stdlib.h>
#include <string.h>

/*
 * The body of each operation, one letter a field: u i = u32 or i32, l = u64 or i64, s = str, v = strv, b = blob.
 * One table keeps decoder, fuzzer and executor from drifting apart.
 */
static const struct {
  uint16_t code;
  uint8_t sections; /* bit 0 outer, 1 setup, 2 process, 3 cgroup */
  const char *fields;
} shapes[] = {
    {SJ_OP_JOIN, 1, "uu"},                  {SJ_OP_OPEN_TREE, 3, "usss"},           {SJ_OP_TIME_OFFSETS, 2, "lulu"},
    {SJ_OP_NETWORK, 2, ""},                 {SJ_OP_HOSTNAME, 2, "s"},               {SJ_OP_DOMAINNAME, 2, "s"},
    {SJ_OP_SETID, 2, "uu"},                 {SJ_OP_PRIVATE, 2, ""},                 {SJ_OP_ROOT_FS, 2, "slv"},
    {SJ_OP_ROOT_BIND, 2, "ul"},             {SJ_OP_MKDIR, 2, "su"},                 {SJ_OP_SYMLINK, 2, "ss"},
    {SJ_OP_FILE, 2, "sub"},                 {SJ_OP_MOUNT, 6, "sslv"},               {SJ_OP_BIND, 2, "usl"},
    {SJ_OP_ATTRIBUTES, 6, "sl"},            {SJ_OP_MASK, 6, "s"},                   {SJ_OP_PIVOT, 6, ""},
    {SJ_OP_PROPAGATION, 6, "su"},           {SJ_OP_MKNOD, 2, "suuuuu"},             {SJ_OP_PAUSE, 2, "u"},
    {SJ_OP_ENTER, 2, ""},                   {SJ_OP_PROC_FILE, 2, "ssbv"},           {SJ_OP_RELAY, 2, ""},
    {SJ_OP_LISTEN, 2, "ubs"},               {SJ_OP_REACH, 2, "ubs"},                {SJ_OP_OWNER, 2, "uu"},
    {SJ_OP_NETLINK, 2, "ub"},               {SJ_OP_WRITE_PROC, 6, "ss"},            {SJ_OP_UMASK, 4, "u"},
    {SJ_OP_NICE, 4, "u"},                   {SJ_OP_IOPRIO, 4, "u"},                 {SJ_OP_AFFINITY, 4, "b"},
    {SJ_OP_RLIMIT, 4, "ull"},               {SJ_OP_PERSONALITY, 4, "l"},            {SJ_OP_KEYRING, 6, ""},
    {SJ_OP_CREDENTIALS, 4, "uub"},          {SJ_OP_CAPABILITIES, 4, "lllll"},       {SJ_OP_NO_NEW_PRIVS, 6, ""},
    {SJ_OP_SECCOMP, 4, "ub"},               {SJ_OP_LANDLOCK, 4, "lllv"},            {SJ_OP_SPECULATION, 4, "uu"},
    {SJ_OP_CORE_SCHED, 4, ""},              {SJ_OP_SCHEDULER, 4, "b"},              {SJ_OP_CGROUP_NAMESPACE, 4, ""},
    {SJ_OP_MEMORY_POLICY, 4, "ub"},
    {SJ_OP_CGROUP, 8, "u"},                 {SJ_OP_CGROUP_WRITE, 8, "uss"},         {SJ_OP_CGROUP_JOIN, 8, "us"},
    {SJ_OP_CGROUP_READ, 8, "us"},           {SJ_OP_CGROUP_KILL, 8, "uss"},          {SJ_OP_CGROUP_CPU, 8, "ussl"},
    {SJ_OP_CGROUP_OOM, 8, "uss"},           {SJ_OP_CGROUP_DEVICES, 8, "ub"},        {SJ_OP_CGROUP_AT, 8, "usssv"},
};

static const char *fields_of(uint16_t code, unsigned section) {
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    if (shapes[i].code == code)
      return shapes[i].sections & 1u << section ? shapes[i].fields : NULL;
  return NULL;
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
    if (!sj_is_name(name))
      return false;
    if (end == NULL)
      return true;
  }
  return false;
}

static bool are_writes(const struct sj_strv *list) {
  for (uint32_t i = 0; i + 1 < list->count; i += 2)
    if (!sj_is_name(list->items[i]))
      return false;
  return list->count % 2 == 0;
}

static bool decode_op(struct sj_reader *r, unsigned section, uint32_t plan_fds, struct sj_op *op) {
  op->code = sj_u16(r);
  op->flags = sj_u16(r);
  uint32_t length = sj_u32(r);
  const char *field = fields_of(op->code, section);
  const uint8_t *body = sj_take(r, length);
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
      sj_read_strv(&b, &op->list);
      break;
    default:
      op->blob_size = sj_u32(&b);
      op->blob = sj_take(&b, op->blob_size);
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
    return sj_is_name(op->str[1]) && op->list.count % 2 == 0;
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
    return op->num[0] < SJ_HIERARCHIES_MAX && sj_is_name(op->str[0]) && sj_is_name(op->str[1]);
  case SJ_OP_CGROUP_CPU:
    return op->num[0] < SJ_HIERARCHIES_MAX && sj_is_name(op->str[0]) && op->num[1] > 0;
  case SJ_OP_CGROUP_WRITE:
  case SJ_OP_CGROUP_JOIN:
  case SJ_OP_CGROUP_READ:
  case SJ_OP_CGROUP_KILL:
    return op->num[0] < SJ_HIERARCHIES_MAX && sj_is_name(op->str[0]);
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
    sj_free_strv(&plan->ops[i].list);
  free(plan->ops);
  plan->ops = NULL;
}
