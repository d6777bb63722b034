/*
 * What Java makes of the configuration of an OCI container (dev.sandjar.oci.RuntimeCompiler), in the forms of protocol.h:
 *
 *   u32 SJ_COMPILED_FORMAT, u32 0, str ociVersion, str annotations (JSON), str bundle, str root as the file has it, u32 SJ_COMPILED_*,
 *   blob plan body, blob start body, strv files that become the plan's descriptors, strv what each operation does, for people,
 *   for each point of enum sj_hook_point u32 n, n x {str path, strv arguments, strv environment, u64 timeout in s, 0 for none},
 *   strv notes
 *
 * or u32 SJ_COMPILED_FORMAT, u32 1, str why there is none.
 */
#ifndef SJ_PROTOCOL_COMPILED_H
#define SJ_PROTOCOL_COMPILED_H

#include "protocol/decode.h"

#define SJ_COMPILED_FORMAT 1
#define SJ_HOOKS_MAX 1024 /* of one point */

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

/* False when the bytes, which have to stay, are not exactly that. Makes no system call. What it has allocated lives as long as the process. */
bool sj_decode_compiled(const uint8_t *data, size_t size, struct sj_compiled *out);

#endif
