#include "runtime/stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cgroups.h"

enum { TEXT_MAX = 1 << 16 };

static char text[TEXT_MAX];

/* What both versions call it; the second is tried where the first is not there. */
static uint64_t number(const struct sj_container *c, const char *v1, const char *v2) {
  if (!sj_cgroups_read(c, v1, "", text, sizeof text) && (v2[0] == 0 || !sj_cgroups_read(c, v2, "", text, sizeof text)))
    return 0;
  return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

/* The number behind a key at the beginning of a line. */
static uint64_t keyed(const struct sj_container *c, const char *file, const char *key) {
  if (!sj_cgroups_read(c, file, key, text, sizeof text))
    return 0;
  size_t n = strlen(key);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, n) == 0 && line[n] == ' ')
      return strtoull(line + n, NULL, 10);
  }
  return 0;
}

static void field(struct sj_json *j, const char *before, const char *name, uint64_t value) {
  sj_json_raw(j, before);
  sj_json_text(j, name);
  fprintf(j->out, ":%" PRIu64, value);
}

static uint64_t either(uint64_t a, uint64_t b) {
  return a != 0 ? a : b;
}

static void processors(struct sj_json *j, const struct sj_container *c) {
  long hertz = sysconf(_SC_CLK_TCK);
  uint64_t tick = hertz > 0 ? UINT64_C(1000000000) / (uint64_t)hertz : 0;
  uint64_t total = number(c, "cpuacct.usage", "");
  field(j, "\"cpu\":{\"usage\":{", "total", total != 0 ? total : keyed(c, "cpu.stat", "usage_usec") * 1000);
  sj_json_raw(j, ",\"percpu\":[");
  bool first = true;
  if (sj_cgroups_read(c, "cpuacct.usage_percpu", "", text, sizeof text)) {
    char *end;
    for (char *at = text;; at = end) {
      uint64_t value = strtoull(at, &end, 10);
      if (end == at)
        break;
      fprintf(j->out, "%s%" PRIu64, first ? "" : ",", value);
      first = false;
    }
  }
  field(j, "],", "kernel", either(keyed(c, "cpuacct.stat", "system") * tick, keyed(c, "cpu.stat", "system_usec") * 1000));
  field(j, ",", "user", either(keyed(c, "cpuacct.stat", "user") * tick, keyed(c, "cpu.stat", "user_usec") * 1000));
  field(j, "},\"throttling\":{", "periods", keyed(c, "cpu.stat", "nr_periods"));
  field(j, ",", "throttledPeriods", keyed(c, "cpu.stat", "nr_throttled"));
  field(j, ",", "throttledTime", either(keyed(c, "cpu.stat", "throttled_time"), keyed(c, "cpu.stat", "throttled_usec") * 1000));
  sj_json_raw(j, "}}");
}

static void amount(struct sj_json *j, const struct sj_container *c, const char *name, const char *const files[8]) {
  sj_json_raw(j, ",");
  sj_json_text(j, name);
  field(j, ":{", "limit", number(c, files[0], files[1]));
  field(j, ",", "usage", number(c, files[2], files[3]));
  field(j, ",", "max", number(c, files[4], files[5]));
  field(j, ",", "failcnt", number(c, files[6], files[7]));
  sj_json_raw(j, "}");
}

static void memory(struct sj_json *j, const struct sj_container *c) {
  static const char *const usage[] = {"memory.limit_in_bytes", "memory.max", "memory.usage_in_bytes", "memory.current", "memory.max_usage_in_bytes",
                                      "memory.peak", "memory.failcnt", ""};
  static const char *const swap[] = {"memory.memsw.limit_in_bytes", "memory.swap.max", "memory.memsw.usage_in_bytes", "memory.swap.current",
                                     "memory.memsw.max_usage_in_bytes", "", "memory.memsw.failcnt", ""};
  static const char *const kernel[] = {"memory.kmem.limit_in_bytes", "", "memory.kmem.usage_in_bytes", "", "memory.kmem.max_usage_in_bytes", "",
                                       "memory.kmem.failcnt", ""};
  static const char *const tcp[] = {"memory.kmem.tcp.limit_in_bytes", "", "memory.kmem.tcp.usage_in_bytes", "", "memory.kmem.tcp.max_usage_in_bytes",
                                    "", "memory.kmem.tcp.failcnt", ""};
  field(j, ",\"memory\":{", "cache", either(keyed(c, "memory.stat", "cache"), keyed(c, "memory.stat", "file")));
  amount(j, c, "usage", usage);
  amount(j, c, "swap", swap);
  amount(j, c, "kernel", kernel);
  amount(j, c, "kernelTCP", tcp);
  sj_json_raw(j, ",\"raw\":{");
  bool first = true;
  char *rest = NULL;
  if (sj_cgroups_read(c, "memory.stat", "", text, sizeof text))
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
      char *space = strchr(line, ' ');
      if (space == NULL)
        continue;
      *space = 0;
      field(j, first ? "" : ",", line, strtoull(space + 1, NULL, 10));
      first = false;
    }
  sj_json_raw(j, "}}");
}

/* Lines of v1: MAJOR:MINOR Op N. */
static void transfers(struct sj_json *j, const struct sj_container *c, const char *name, const char *file) {
  bool first = true;
  char *rest = NULL;
  sj_json_text(j, name);
  sj_json_raw(j, ":[");
  if (sj_cgroups_read(c, file, "", text, sizeof text))
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
      unsigned major, minor;
      char operation[16];
      uint64_t value;
      if (sscanf(line, "%u:%u %15s %" SCNu64, &major, &minor, operation, &value) != 4)
        continue;
      fprintf(j->out, "%s{\"major\":%u,\"minor\":%u,\"op\":", first ? "" : ",", major, minor);
      sj_json_text(j, operation);
      field(j, ",", "value", value);
      sj_json_raw(j, "}");
      first = false;
    }
  sj_json_raw(j, "]");
}

void sj_stats_json(struct sj_json *j, const struct sj_container *c) {
  sj_json_raw(j, "{");
  processors(j, c);
  memory(j, c);
  field(j, ",\"pids\":{", "current", number(c, "pids.current", ""));
  uint64_t most = number(c, "pids.max", "");
  if (most != UINT64_MAX)
    field(j, ",", "limit", most);
  sj_json_raw(j, "},\"blkio\":{");
  transfers(j, c, "ioServiceBytesRecursive", "blkio.throttle.io_service_bytes_recursive");
  sj_json_raw(j, ",");
  transfers(j, c, "ioServicedRecursive", "blkio.throttle.io_serviced_recursive");
  sj_json_raw(j, "},\"hugetlb\":{}}");
}
