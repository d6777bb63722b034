/* libFuzzer target for the file that sandjar-run reads. Seed: corpus/fuzz_frozen, written by `decode_frozen_test DIRECTORY`. */
#include "protocol/frozen.h"
#include "protocol/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sj_frozen f;
  if (!sj_decode_frozen(data, size, &f))
    return 0;
  touch(f.version, data, size);
  if (f.wire == SJ_WIRE_VERSION) {
    const char *const texts[] = {f.name, f.release, f.uid_map, f.gid_map, f.locks, f.directory};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
      touch(texts[i], data, size);
    for (uint32_t i = 0; i < f.places; i++)
      touch(f.place[i].path, data, size);
    for (uint32_t i = 0; i < f.slots_size; i++)
      touched += f.slots[i];
    for (uint32_t i = 0; i < f.patches; i++)
      for (unsigned k = 0; k < SJ_FROZEN_DIGITS; k++)
        touched += f.body[f.patch[i].offset + k];
    touch_all(&f.descriptors, data, size);
    touch_all(&f.steps, data, size);
    touch_all(&f.cgroups, data, size);
    touch_all(&f.environment, data, size);
    touch_all(&f.reads, data, size);
  }
  sj_free_frozen(&f);
  return 0;
}
