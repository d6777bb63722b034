/*
 * What Java makes of the configuration of an OCI container (dev.sandjar.oci.RuntimeCompiler), in the forms of protocol.h:
 *
 *   u32 SJ_COMPILED_FORMAT, u32 0, str ociVersion, str annotations (JSON), str bundle, str root as the file has it, u32 SJ_COMPILED_*,
 *   blob plan body, blob start body, strv files that become the plan's descriptors, strv what each operation does, for people,
 *   for each point of enum sj_hook_point u32 n, n x {str path, strv arguments, strv environment, u64 timeout in s, 0 for none},
 *   strv notes
 *
 * or u32 SJ_COMPILED_FORMAT, u32 1, str why there is none; or, of limits that change while a container runs,
 *
 *   u32 SJ_COMPILED_FORMAT, u32 2, blob the configuration with them (JSON), u32 n, n x {str file of cgroup v1, str value, str file of v2,
 *   str value}, where "" is a file that the version does not have
 */
#ifndef SJ_PROTOCOL_COMPILED_H
#define SJ_PROTOCOL_COMPILED_H

#include "protocol/decode.h"

#define SJ_COMPILED_FORMAT 1
#define SJ_HOOKS_MAX 1024 /* of one point */
#define SJ_CHANGES_MAX 4096

enum { SJ_COMPILED_PLAN, SJ_COMPILED_REFUSED, SJ_COMPILED_CHANGES };
enum { SJ_COMPILED_TERMINAL = 1u << 0, SJ_COMPILED_OWN_PID_NAMESPACE = 1u << 1 };

enum sj_hook_point { SJ_PRESTART, SJ_CREATE_RUNTIME, SJ_CREATE_CONTAINER, SJ_START_CONTAINER, SJ_POSTSTART, SJ_POSTSTOP, SJ_HOOK_POINTS };

struct sj_hook {
  const char *path;
  struct sj_strv arguments;
  struct sj_strv environment;
  uint64_t timeout;
};

struct sj_hooks {
  uint32_t count;
  struct sj_hook *all;
};

struct sj_compiled {
  const char *refusal; /* NULL if there is all the rest */
  const char *version;
  const char *annotations;
  const char *bundle;
  const char *rootfs;
  uint32_t flags;
  struct sj_plan plan;
  struct sj_start start;
  struct sj_strv descriptors;
  struct sj_strv steps;
  struct sj_hooks hooks[SJ_HOOK_POINTS];
  struct sj_strv notes;
};

/* False when the bytes, which have to stay, are not exactly that; the out value then owns nothing. Makes no system call. */
bool sj_decode_compiled(const uint8_t *data, size_t size, struct sj_compiled *out);
void sj_free_compiled(struct sj_compiled *out);

/* A limit, as both versions of cgroups have it. */
struct sj_change {
  const char *file[2];
  const char *value[2];
};

struct sj_update {
  const char *refusal; /* NULL if there is all the rest */
  const uint8_t *config;
  uint32_t config_size;
  uint32_t count;
  struct sj_change *all;
};

/* As sj_decode_compiled; its list is for free(3). */
bool sj_decode_update(const uint8_t *data, size_t size, struct sj_update *out);

#endif
