/*
 * Reading what protocol.h describes. Every length, count, offset and descriptor number is checked before use, and no function here makes
 * a system call, so that the decoders can be fuzzed (src/test/native/protocol/fuzz_*.c). Plans are in decode_plan.c, what relays and the
 * keeper are sent in decode_relay.c and decode_keeper.c, the rest is in decode.c.
 */
#ifndef SJ_PROTOCOL_DECODE_H
#define SJ_PROTOCOL_DECODE_H

#include "protocol/reader.h"

struct sj_header {
  uint16_t type;
  uint16_t flags;
  uint64_t id;
  uint32_t length;
  uint32_t nfds;
};

struct sj_op {
  uint16_t code;
  uint16_t flags;
  uint64_t num[5]; /* the integers of the body, in order */
  const char *str[3];
  const uint8_t *blob;
  uint32_t blob_size;
  struct sj_strv list;
};

/* The sections of a plan, in the order of its body. */
enum { SJ_OUTER, SJ_SETUP, SJ_PROCESS, SJ_CGROUP };

struct sj_plan {
  uint32_t flags;
  uint64_t clone_flags;
  uint32_t count[SJ_SECTIONS];
  struct sj_op *section[SJ_SECTIONS];
  struct sj_op *ops;
};

struct sj_start {
  uint64_t plan;
  uint64_t template;
  uint32_t flags;
  uint16_t rows;
  uint16_t columns;
  uint64_t timeout;
  uint64_t cpu_time;
  uint64_t grace;
  uint32_t stop_signal;
  uint32_t map_mode;
  const char *uid_map;
  const char *gid_map;
  struct sj_strv uid_command;
  struct sj_strv gid_command;
  struct sj_strv paths;
  struct sj_strv argv;
  struct sj_strv environment;
  const char *directory;
  uint32_t nfds;
  uint32_t targets[SJ_FDS_MAX];
};

/* Each returns false when the bytes are not exactly one such value; the out value then owns nothing. Strings point into the bytes. */
bool sj_decode_header(const uint8_t *data, size_t size, struct sj_header *out);
bool sj_decode_plan(const uint8_t *data, size_t size, uint32_t plan_fds, struct sj_plan *out);
void sj_free_plan(struct sj_plan *plan);
bool sj_decode_start(const uint8_t *data, size_t size, struct sj_start *out);
void sj_free_start(struct sj_start *start);

struct sj_cgroup_root {
  struct sj_strv directories;
  struct sj_strv actions;
};

struct sj_watch_request {
  uint32_t number;
  uint32_t hierarchy;
  const char *file;
  const char *control;
  const char *text;
};

/* Body of SJ_FILE: u32 call, three u64, str name, str second name, blob. */
struct sj_file_request {
  uint32_t call;
  uint64_t num[3];
  const char *name;
  const char *other;
  const uint8_t *value;
  uint32_t size;
};

/* Of a struct sockaddr_un, the largest there is. */
enum { SJ_ADDRESS_MAX = 110, SJ_LINK_PLACES = 2 };

/* Body of SJ_RELAY_PUBLISH and SJ_RELAY_FORWARD. */
struct sj_link_request {
  uint32_t flags;
  uint32_t first;
  uint32_t count;
  const uint8_t *address;
  uint32_t size;
};

struct sj_confine_request {
  uint32_t connections;
  uint64_t first_bytes;
  uint64_t reaching;
  uint64_t bytes;
  uint32_t per_second;
  const uint8_t *filter;
  uint32_t size;
};

/* Body of SJ_NET_SEND. */
struct sj_netlink_request {
  uint32_t protocol;
  uint32_t patches;
  const uint8_t *patch; /* so many times SJ_PATCH_SIZE bytes, for sj_decode_patch */
  uint32_t count;       /* messages */
  const uint8_t *messages;
  uint32_t size;
};

enum { SJ_PATCH_SIZE = 12 };

struct sj_patch {
  uint32_t offset; /* four bytes of the messages are there */
  uint64_t space;
};

/* One of those that SJ_NET_ALL has. */
struct sj_net_step {
  uint16_t type;
  uint64_t space;
  const uint8_t *body;
  uint32_t size;
};

struct sj_sysctl_request {
  const char *path;
  const char *value;
};

/* How many messages of netlink(7) there are; 0 if they are anything else than whole ones, each as SJ_NET_SEND says. */
uint32_t sj_count_messages(const uint8_t *messages, uint32_t size);
bool sj_decode_netlink(const uint8_t *data, size_t size, struct sj_netlink_request *out);
struct sj_patch sj_decode_patch(const struct sj_netlink_request *request, uint32_t index);
/* The steps of SJ_NET_ALL, of which `next` gives one after the other. False if they are anything else than the message says. */
bool sj_decode_steps(const uint8_t *data, size_t size, uint32_t *count, struct sj_reader *steps);
struct sj_net_step sj_next_step(struct sj_reader *steps);
/* Body of SJ_NET_SOCKET: an address of the Internet, in the byte order of the network. */
const uint8_t *sj_decode_socket(const uint8_t *data, size_t size, uint32_t *length);
struct sj_packet_request {
  uint32_t device;
  uint32_t headers;
};

struct sj_cable_confine_request {
  uint64_t waiting;
  const uint8_t *filter;
  uint32_t size;
};

struct sj_way_request {
  uint32_t from, to;
  uint64_t delay, jitter, losses, rate, behind, waiting, seed;
};

enum { SJ_HARDWARE_ADDRESS = 6 };

bool sj_decode_packet(const uint8_t *data, size_t size, struct sj_packet_request *out);
bool sj_decode_cable_confine(const uint8_t *data, size_t size, struct sj_cable_confine_request *out);
const uint8_t *sj_decode_cable_port(const uint8_t *data, size_t size);
bool sj_decode_way(const uint8_t *data, size_t size, struct sj_way_request *out);
struct sj_way_end {
  uint32_t way;
  bool lost;
};
/* Leaves `ends` before the first of `count`, which are whole. */
bool sj_decode_cable_end(const uint8_t *data, size_t size, uint32_t *count, struct sj_reader *ends);
struct sj_way_end sj_next_way_end(struct sj_reader *ends);
bool sj_decode_sysctl(const uint8_t *data, size_t size, struct sj_sysctl_request *out);
bool sj_decode_link(const uint8_t *data, size_t size, struct sj_link_request *out);
/* Of a struct sockaddr_in6, the largest that Java names. */
enum { SJ_NAMED_ADDRESS_MAX = 28 };

struct sj_decision {
  uint32_t answer;
  uint32_t bytes;
  uint32_t taken;
  struct {
    const uint8_t *bytes;
    uint32_t size;
  } said[SJ_SAID_COUNT];
  uint32_t count;
  struct {
    const uint8_t *bytes;
    uint32_t size;
  } address[SJ_DECIDED_MAX];
};

bool sj_decode_decision(const uint8_t *data, size_t size, struct sj_decision *out);
bool sj_decode_confine(const uint8_t *data, size_t size, struct sj_confine_request *out);
bool sj_decode_file(const uint8_t *data, size_t size, struct sj_file_request *out);
bool sj_decode_cgroup_root(const uint8_t *data, size_t size, struct sj_cgroup_root *out);
void sj_free_cgroup_root(struct sj_cgroup_root *root);
bool sj_decode_watch(const uint8_t *data, size_t size, struct sj_watch_request *out);

#endif
