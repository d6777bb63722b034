/* Well-formed messages, for the unit tests to damage and the fuzzer to start from. */
#ifndef SJ_SAMPLES_H
#define SJ_SAMPLES_H

#include <string.h>

#include "protocol/encode.h"

struct sample {
  uint8_t bytes[4096];
  struct sj_writer w;
};

static inline void sample_start(struct sample *s) {
  memset(s, 0, sizeof *s);
  s->w = (struct sj_writer){s->bytes, sizeof s->bytes, 0, false};
}

static inline void sample_strv(struct sj_writer *w, unsigned count, const char *const *items) {
  sj_put_u32(w, count);
  for (unsigned i = 0; i < count; i++)
    sj_put_str(w, items[i]);
}

/* The length is filled in by end_op. */
static inline size_t begin_op(struct sj_writer *w, uint16_t code, uint16_t flags) {
  sj_put_u16(w, code);
  sj_put_u16(w, flags);
  sj_put_u32(w, 0);
  return w->length;
}

static inline void end_op(struct sj_writer *w, size_t body) {
  sj_patch_u32(w, body - 4, (uint32_t)(w->length - body));
}

static inline void plan_head(struct sj_writer *w, uint32_t outer, uint32_t setup, uint32_t process, uint32_t cgroup) {
  sj_put_u32(w, SJ_PLAN_INIT);
  sj_put_u64(w, 0x20000000);
  sj_put_u32(w, outer);
  sj_put_u32(w, setup);
  sj_put_u32(w, process);
  sj_put_u32(w, cgroup);
}

static inline void sample_header(struct sample *s) {
  sample_start(s);
  sj_put_u32(&s->w, SJ_MAGIC);
  sj_put_u16(&s->w, SJ_PING);
  sj_put_u16(&s->w, 0);
  sj_put_u64(&s->w, 7);
  sj_put_u32(&s->w, 0);
  sj_put_u32(&s->w, 0);
}

static inline void sample_cgroup_file(struct sj_writer *w, uint16_t code, const char *file, const char *text) {
  size_t at = begin_op(w, code, 0);
  sj_put_u32(w, 1);
  sj_put_str(w, file);
  if (text != NULL)
    sj_put_str(w, text);
  end_op(w, at);
}

/* A blob of so many bytes, each of which is its number. */
static inline void sample_address(struct sj_writer *w, uint32_t size) {
  sj_put_u32(w, size);
  for (uint32_t i = 0; i < size && w->length < w->size; i++)
    w->data[w->length++] = (uint8_t)i;
}

/* One message of netlink(7): its length, type and flags are told, its header is 16 bytes. */
static inline void sample_message(struct sj_writer *w, uint32_t length, uint16_t flags, uint32_t number) {
  uint8_t bytes[32] = {0};
  memcpy(bytes, &length, sizeof length);
  bytes[4] = 16;
  memcpy(bytes + 6, &flags, sizeof flags);
  memcpy(bytes + 8, &number, sizeof number);
  for (unsigned i = 0; i < sizeof bytes && w->length < w->size; i++)
    w->data[w->length++] = bytes[i];
}

enum { SAMPLE_ACKED = 5 };

/* One operation of every shape that there is. */
static inline void sample_plan(struct sample *s) {
  static const char *const options[] = {"size", "1048576", "mode", "0755"};
  struct sj_writer *w = &s->w;
  sample_start(s);
  plan_head(w, 2, 13, 7, 7);
  size_t at = begin_op(w, SJ_OP_JOIN, 0);
  sj_put_u32(w, 0x40000000);
  sj_put_u32(w, 0);
  end_op(w, at);
  at = begin_op(w, SJ_OP_OPEN_TREE, SJ_RECURSIVE);
  sj_put_u32(w, 3);
  sj_put_str(w, "/usr");
  sj_put_str(w, "");
  sj_put_str(w, "");
  end_op(w, at);
  at = begin_op(w, SJ_OP_HOSTNAME, 0);
  sj_put_str(w, "sandbox");
  end_op(w, at);
  at = begin_op(w, SJ_OP_TIME_OFFSETS, 0);
  for (unsigned i = 0; i < 2; i++) {
    sj_put_u64(w, 5);
    sj_put_u32(w, 6);
  }
  end_op(w, at);
  at = begin_op(w, SJ_OP_ROOT_FS, 0);
  sj_put_str(w, "tmpfs");
  sj_put_u64(w, 7);
  sample_strv(w, 4, options);
  end_op(w, at);
  at = begin_op(w, SJ_OP_FILE, 0);
  sj_put_str(w, "/etc/hosts");
  sj_put_u32(w, 0644);
  sj_put_str(w, "127.0.0.1 localhost"); /* a blob, and its last byte */
  w->length--;
  end_op(w, at);
  at = begin_op(w, SJ_OP_MOUNT, SJ_CREATE);
  sj_put_str(w, "tmpfs");
  sj_put_str(w, "/tmp");
  sj_put_u64(w, 6);
  sample_strv(w, 2, options);
  end_op(w, at);
  at = begin_op(w, SJ_OP_PROC_FILE, 0);
  sj_put_str(w, "/proc");
  sj_put_str(w, "cgroups");
  sj_put_u32(w, 4);
  sj_put_u32(w, 0x0a313233); /* a blob of "321" and a line feed */
  sample_strv(w, 2, options);
  end_op(w, at);
  at = begin_op(w, SJ_OP_BIND, SJ_CREATE);
  sj_put_u32(w, 3);
  sj_put_str(w, "/usr");
  sj_put_u64(w, 1);
  end_op(w, at);
  at = begin_op(w, SJ_OP_PROPAGATION, SJ_RECURSIVE);
  sj_put_str(w, "/usr");
  sj_put_u32(w, 1 << 19);
  end_op(w, at);
  at = begin_op(w, SJ_OP_MKNOD, 0);
  sj_put_str(w, "/dev/fuse");
  sj_put_u32(w, 020666);
  sj_put_u32(w, 10);
  sj_put_u32(w, 229);
  sj_put_u32(w, 0);
  sj_put_u32(w, 0);
  end_op(w, at);
  at = begin_op(w, SJ_OP_PAUSE, 0);
  sj_put_u32(w, 1);
  end_op(w, at);
  at = begin_op(w, SJ_OP_NETLINK, 0);
  sj_put_u32(w, 0);
  sj_put_u32(w, 32);
  sample_message(w, 32, SAMPLE_ACKED, 1);
  end_op(w, at);
  at = begin_op(w, SJ_OP_LISTEN, SJ_OPTIONAL);
  sj_put_u32(w, 1);
  sample_address(w, 16);
  sj_put_str(w, "");
  end_op(w, at);
  at = begin_op(w, SJ_OP_REACH, 0);
  sj_put_u32(w, 2);
  sample_address(w, 0);
  sj_put_str(w, "/run/server");
  end_op(w, at);
  at = begin_op(w, SJ_OP_SCHEDULER, 0);
  sj_put_u32(w, 8);
  sj_put_u64(w, 56);
  end_op(w, at);
  at = begin_op(w, SJ_OP_MEMORY_POLICY, 0);
  sj_put_u32(w, 2);
  sj_put_u32(w, 4);
  sj_put_u32(w, 1);
  end_op(w, at);
  at = begin_op(w, SJ_OP_UMASK, 0);
  sj_put_u32(w, 022);
  end_op(w, at);
  at = begin_op(w, SJ_OP_RLIMIT, 0);
  sj_put_u32(w, 4);
  sj_put_u64(w, 0);
  sj_put_u64(w, 0);
  end_op(w, at);
  at = begin_op(w, SJ_OP_CREDENTIALS, SJ_SETGROUPS);
  sj_put_u32(w, 1000);
  sj_put_u32(w, 1000);
  sj_put_u32(w, 4);
  sj_put_u32(w, 1000);
  end_op(w, at);
  at = begin_op(w, SJ_OP_CAPABILITIES, 0);
  for (unsigned i = 0; i < 5; i++)
    sj_put_u64(w, 0);
  end_op(w, at);
  at = begin_op(w, SJ_OP_NO_NEW_PRIVS, 0);
  end_op(w, at);
  at = begin_op(w, SJ_OP_CGROUP, 0);
  sj_put_u32(w, 1);
  end_op(w, at);
  sample_cgroup_file(w, SJ_OP_CGROUP_WRITE, "memory.max", "1048576");
  static const char *const writes[] = {"cgroup.subtree_control", "+memory"};
  at = begin_op(w, SJ_OP_CGROUP_AT, 0);
  sj_put_u32(w, 2);
  sj_put_str(w, "/sys/fs/cgroup");
  sj_put_str(w, "a/b");
  sj_put_str(w, "user.sandjar");
  sample_strv(w, 2, writes);
  end_op(w, at);
  sample_cgroup_file(w, SJ_OP_CGROUP_JOIN, "cgroup.procs", NULL);
  sample_cgroup_file(w, SJ_OP_CGROUP_OOM, "memory.oom_control", "cgroup.event_control");
  at = begin_op(w, SJ_OP_CGROUP_CPU, 0);
  sj_put_u32(w, 1);
  sj_put_str(w, "cpu.stat");
  sj_put_str(w, "usage_usec");
  sj_put_u64(w, 1000);
  end_op(w, at);
  at = begin_op(w, SJ_OP_CGROUP_DEVICES, 0);
  sj_put_u32(w, 1);
  sj_put_u32(w, 8);
  sj_put_u64(w, 0x95);
  end_op(w, at);
}

static inline void sample_area(struct sample *s) {
  static const char *const directories[] = {"/sys/fs/cgroup/a"};
  static const char *const actions[] = {"write", "/sys/fs/cgroup/cgroup.subtree_control", "-memory", "remove", "/sys/fs/cgroup/a", ""};
  sample_start(s);
  sample_strv(&s->w, 1, directories);
  sample_strv(&s->w, 6, actions);
}

static inline void sample_file(struct sample *s, uint32_t call, uint32_t size) {
  sample_start(s);
  sj_put_u32(&s->w, call);
  for (unsigned i = 0; i < 3; i++)
    sj_put_u64(&s->w, i);
  sj_put_str(&s->w, "name");
  sj_put_str(&s->w, "user.other");
  sj_put_u32(&s->w, size);
  sj_put_u16(&s->w, 0x7700); /* two bytes of value, one of them NUL */
}

static inline void sample_link(struct sample *s, uint32_t flags, uint32_t count, uint32_t size) {
  sample_start(s);
  sj_put_u32(&s->w, flags);
  sj_put_u32(&s->w, 6);
  sj_put_u32(&s->w, count);
  sample_address(&s->w, size);
}

static inline void sample_confine(struct sample *s, uint32_t connections, uint32_t size) {
  sample_start(s);
  sj_put_u32(&s->w, connections);
  sj_put_u64(&s->w, 1);
  sj_put_u64(&s->w, 2);
  sj_put_u64(&s->w, 3);
  sj_put_u32(&s->w, 4);
  sample_address(&s->w, size);
}

/* Two messages of 32 bytes, and one place for a descriptor. */
static inline void sample_netlink(struct sample *s, uint32_t offset) {
  sample_start(s);
  sj_put_u32(&s->w, 0);
  sj_put_u32(&s->w, 1);
  sj_put_u32(&s->w, offset);
  sj_put_u64(&s->w, 9);
  sj_put_u32(&s->w, 64);
  sample_message(&s->w, 32, SAMPLE_ACKED, 1);
  sample_message(&s->w, 32, SAMPLE_ACKED, 2);
}

static inline void sample_sysctl(struct sample *s, const char *path) {
  sample_start(s);
  sj_put_str(&s->w, path);
  sj_put_str(&s->w, "1");
}

/* So many steps of SJ_NET_ALL, the first a new namespace, the others two messages there. */
static inline void sample_steps(struct sample *s, uint32_t count) {
  struct sample messages;
  sample_netlink(&messages, 60);
  sample_start(s);
  sj_put_u32(&s->w, count);
  for (uint32_t i = 0; i < count; i++) {
    sj_put_u16(&s->w, i == 0 ? SJ_NET_NEW : SJ_NET_SEND);
    sj_put_u64(&s->w, 9);
    sj_put_blob(&s->w, messages.bytes, i == 0 ? 0 : messages.w.length);
  }
}

static inline void sample_packet(struct sample *s, uint32_t device, uint32_t headers) {
  sample_start(s);
  sj_put_u32(&s->w, device);
  sj_put_u32(&s->w, headers);
}

static inline void sample_way(struct sample *s, uint32_t from, uint32_t to, uint64_t delay, uint64_t losses, uint64_t seed) {
  sample_start(s);
  sj_put_u32(&s->w, from);
  sj_put_u32(&s->w, to);
  sj_put_u64(&s->w, delay);
  sj_put_u64(&s->w, 0);
  sj_put_u64(&s->w, losses);
  sj_put_u64(&s->w, 0);
  sj_put_u64(&s->w, 0);
  sj_put_u64(&s->w, 1 << 20);
  sj_put_u64(&s->w, seed);
}

/* An address of some family and size, with a port that everybody may have. */
static inline void sample_socket(struct sample *s, uint16_t family, uint32_t size) {
  sample_start(s);
  sample_address(&s->w, size);
  if (size >= 4) {
    memcpy(s->bytes + s->w.length - size, &family, sizeof family);
    s->bytes[s->w.length - size + 2] = 20;
  }
}

/* Addresses of IPv4 and IPv6 in turn. */
static inline void sample_decision(struct sample *s, uint32_t answer, uint32_t bytes, uint32_t count) {
  sample_start(s);
  sj_put_u32(&s->w, answer);
  sj_put_u32(&s->w, bytes);
  sj_put_u32(&s->w, 3);
  for (uint32_t i = 0; i < SJ_SAID_COUNT; i++)
    sample_address(&s->w, i);
  sj_put_u32(&s->w, count);
  for (uint32_t i = 0; i < count; i++) {
    uint16_t family = i % 2 == 0 ? 2 : 10;
    size_t at = s->w.length + 4;
    sample_address(&s->w, i % 2 == 0 ? 16 : 28);
    memcpy(s->bytes + at, &family, sizeof family);
  }
}

static inline void sample_watch(struct sample *s, uint32_t hierarchy, const char *file) {
  sample_start(s);
  sj_put_u32(&s->w, 5);
  sj_put_u32(&s->w, hierarchy);
  sj_put_str(&s->w, file);
  sj_put_str(&s->w, "");
  sj_put_str(&s->w, "some 150000 1000000");
}

struct start_options {
  uint32_t flags;
  uint32_t map_mode;
  unsigned commands; /* words in each of the two map commands */
  unsigned argc;
  unsigned nfds;
  const uint32_t *targets;
};

static inline void sample_start_request(struct sample *s, const struct start_options *o) {
  static const char *const words[] = {"/usr/bin/newuidmap", "0", "1000", "1"};
  static const char *const argv[] = {"sh", "-c", "exit 3"};
  static const char *const environment[] = {"PATH=/usr/bin:/bin", "EMPTY="};
  static const char *const paths[] = {"/usr/bin/sh", "/bin/sh"};
  struct sj_writer *w = &s->w;
  sample_start(s);
  sj_put_u64(w, 1);
  sj_put_u64(w, o->flags & (SJ_START_FROM_TEMPLATE | SJ_START_MAKE_TEMPLATE) ? 2 : 0);
  sj_put_u32(w, o->flags);
  sj_put_u16(w, 24);
  sj_put_u16(w, 80);
  sj_put_u64(w, 1000000000);
  sj_put_u64(w, 0);
  sj_put_u64(w, 5);
  sj_put_u32(w, 15);
  sj_put_u32(w, o->map_mode);
  sj_put_str(w, "0 1000 1\n");
  sj_put_str(w, "0 1000 1\n");
  sample_strv(w, o->commands, words);
  sample_strv(w, o->commands, words);
  sample_strv(w, o->argc > 0 ? 2 : 0, paths);
  sample_strv(w, o->argc, argv);
  sample_strv(w, 2, environment);
  sj_put_str(w, "/tmp");
  sj_put_u32(w, o->nfds);
  for (unsigned i = 0; i < o->nfds; i++)
    sj_put_u32(w, o->targets[i]);
}

#endif
