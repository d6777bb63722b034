/*
 * A policy that was frozen on one host (dev.sandjar.Sandbox.freeze), for `sandjar-run`, in the forms of protocol.h:
 *
 *   u32 SJ_FROZEN_MAGIC, u32 SJ_FROZEN_FORMAT, u32 SJ_WIRE_VERSION, str version of Sandjar, str name of the sandbox ("" for none),
 *
 *   what has to be as it was: str release of the kernel, u32 SJ_HAS_* with the version of Landlock, u32 user, u32 group, u64 effective
 *   capabilities, u32 n, n x {str path, u64 device, u64 inode, u32 type as in st_mode},
 *
 *   ids: u32 id map mode, u64 ids that each run has alone (0: none, and the maps are whole), u64 first user inside, u64 first group inside,
 *   str uid map, str gid map, strv newuidmap command, strv newgidmap command, str file whose locks share out slots of ids, u64 first id
 *   of slot 0, u64 ids in a slot, blob a bit for each slot that may be used,
 *
 *   the plan: blob its body, u32 n, n x {u32 offset, u64 distance}: at each offset stands a number of SJ_FROZEN_DIGITS digits, which becomes that of
 *   the first id of the run and the distance; strv files that become its descriptors, strv what each operation does, for people,
 *
 *   cgroups: strv the directory in which each hierarchy has that of a run,
 *
 *   the start: u64 timeout ns, u64 CPU time ns, u64 grace ns, u32 stop signal, u64 bytes of output and errors together (UINT64_MAX: any number), strv environment, str directory ("": the root's own),
 *
 *   the report: strv names of the files that CGROUP_READ names, in their order.
 *
 * The path of SJ_OP_CGROUP_AT ends in SJ_FROZEN_RUN, in whose place each run puts what is its own.
 */
#ifndef SJ_PROTOCOL_FROZEN_H
#define SJ_PROTOCOL_FROZEN_H

#include "protocol/decode.h"

#define SJ_FROZEN_MAGIC 0x4c505a53u /* "SZPL" */
#define SJ_FROZEN_FORMAT 1
#define SJ_FROZEN_RUN "0000000000000000"
#define SJ_FROZEN_DIGITS 10
#define SJ_FROZEN_PATCHES_MAX 1024
#define SJ_FROZEN_PLACES_MAX 4096

struct sj_frozen_place {
  const char *path;
  uint64_t device, inode;
  uint32_t type;
};

struct sj_frozen_patch {
  uint32_t offset;
  uint64_t distance;
};

struct sj_frozen {
  uint32_t wire;
  const char *version, *name, *release;
  uint32_t features, uid, gid;
  uint64_t capabilities;
  uint32_t places;
  struct sj_frozen_place *place;
  uint32_t map_mode;
  uint64_t block, first_uid, first_gid;
  const char *uid_map, *gid_map;
  struct sj_strv uid_command, gid_command;
  const char *locks;
  uint64_t first_id, slot_ids;
  const uint8_t *slots;
  uint32_t slots_size;
  const uint8_t *body;
  uint32_t body_size;
  struct sj_plan plan; /* of the body as it is */
  uint32_t patches;
  struct sj_frozen_patch *patch;
  struct sj_strv descriptors, steps, cgroups;
  uint64_t timeout, cpu_time, grace;
  uint32_t stop_signal;
  uint64_t output;
  struct sj_strv environment;
  const char *directory;
  struct sj_strv reads;
};

/* False when the bytes, which have to stay, are not exactly that; the out value then owns nothing. With another wire version only that and
   the version are set. Makes no system call. */
bool sj_decode_frozen(const uint8_t *data, size_t size, struct sj_frozen *out);
void sj_free_frozen(struct sj_frozen *out);

#endif
