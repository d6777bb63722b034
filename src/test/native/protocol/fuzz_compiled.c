/*
 * libFuzzer target for what the runtime command is answered by Java, and reads again from the directory of a container: the first byte
 * chooses, 0 a plan, 1 limits. Seeds: corpus/fuzz_compiled, written by `decode_compiled_test DIRECTORY`.
 */
#include "protocol/compiled.h"
#include "protocol/fuzz.h"

static void plan(const uint8_t *data, size_t size) {
  struct sj_compiled c;
  if (!sj_decode_compiled(data, size, &c))
    return;
  touch(c.refusal, data, size);
  touch(c.version, data, size);
  touch(c.annotations, data, size);
  touch(c.bundle, data, size);
  touch(c.rootfs, data, size);
  touch_all(&c.descriptors, data, size);
  touch_all(&c.steps, data, size);
  touch_all(&c.notes, data, size);
  touch_all(&c.start.argv, data, size);
  for (unsigned i = 0; i < SJ_HOOK_POINTS; i++)
    for (uint32_t k = 0; k < c.hooks[i].count; k++) {
      const struct sj_hook *hook = &c.hooks[i].all[k];
      touch(hook->path, data, size);
      touch_all(&hook->arguments, data, size);
      touch_all(&hook->environment, data, size);
      if (hook->arguments.count == 0)
        abort();
    }
  if (c.refusal == NULL && c.start.argv.count == 0)
    abort();
  sj_free_compiled(&c);
}

/* No name leads out of a cgroup's directory. */
static void limits(const uint8_t *data, size_t size) {
  struct sj_update u;
  if (!sj_decode_update(data, size, &u))
    return;
  touch(u.refusal, data, size);
  for (uint32_t i = 0; i < u.config_size; i++)
    touched += u.config[i];
  for (uint32_t i = 0; i < u.count; i++)
    for (unsigned v = 0; v < 2; v++) {
      touch(u.all[i].file[v], data, size);
      touch(u.all[i].value[v], data, size);
      if (strchr(u.all[i].file[v], '/') != NULL || strcmp(u.all[i].file[v], "..") == 0)
        abort();
    }
  free(u.all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  if (data[0] % 2 == 0)
    plan(data + 1, size - 1);
  else
    limits(data + 1, size - 1);
  return 0;
}
