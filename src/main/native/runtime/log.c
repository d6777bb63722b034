#define _GNU_SOURCE
#include "runtime/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/json.h"

static struct {
  int fd;
  bool json;
  bool debug;
} to = {.fd = -1};

int sj_log_open(const char *path, bool json, bool debug) {
  to.json = json;
  to.debug = debug;
  if (path == NULL)
    return 0;
  to.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return to.fd >= 0 ? 0 : sj_error("open the log %s: %s", path, sj_reason(errno));
}

static void write_line(int fd, const char *level, const char *text, bool json) {
  struct sj_json line;
  struct timespec now;
  struct tm parts;
  char when[32];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &parts);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
  sj_json_begin(&line);
  if (json) {
    sj_json_raw(&line, "{\"level\":");
    sj_json_text(&line, level);
    sj_json_raw(&line, ",\"msg\":");
    sj_json_text(&line, text);
    sj_json_raw(&line, ",\"time\":");
    sj_json_text(&line, when);
    sj_json_raw(&line, "}\n");
  } else {
    sj_json_raw(&line, "time=\"");
    sj_json_raw(&line, when);
    sj_json_raw(&line, "\" level=");
    sj_json_raw(&line, level);
    sj_json_raw(&line, " msg=");
    sj_json_text(&line, text);
    sj_json_raw(&line, "\n");
  }
  sj_json_write(&line, fd);
}

__attribute__((format(printf, 2, 0))) static void say(const char *level, const char *format, va_list values) {
  char text[4096];
  vsnprintf(text, sizeof text, format, values);
  if (to.fd >= 0)
    write_line(to.fd, level, text, to.json);
  if (to.fd < 0 || strcmp(level, "error") == 0)
    write_line(2, level, text, to.json && to.fd < 0);
}

int sj_error(const char *format, ...) {
  va_list values;
  va_start(values, format);
  say("error", format, values);
  va_end(values);
  return -1;
}

void sj_warn(const char *format, ...) {
  va_list values;
  va_start(values, format);
  say("warning", format, values);
  va_end(values);
}

void sj_debug(const char *format, ...) {
  va_list values;
  if (!to.debug)
    return;
  va_start(values, format);
  say("debug", format, values);
  va_end(values);
}

const char *sj_reason(int error) {
  static char text[128];
  snprintf(text, sizeof text, "%s", strerror(error));
  if (islower((unsigned char)text[1]))
    text[0] = (char)tolower((unsigned char)text[0]);
  return text;
}
