#define _GNU_SOURCE
#include "runtime/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/procfs.h"

enum { PASSWD_MAX = 1 << 20, HOME_MAX = 4096 };

static uint64_t user_of(const struct sj_context *c) {
  const struct sj_op *op = c->plan->section[SJ_PROCESS];
  for (uint32_t i = 0; i < c->plan->count[SJ_PROCESS]; i++)
    if (op[i].code == SJ_OP_CREDENTIALS)
      return op[i].num[0];
  return geteuid();
}

/* The file is the image's, and may be anything. */
static char *read_passwd(void) {
  struct stat st;
  int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  char *text = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? malloc(PASSWD_MAX) : NULL;
  if (text != NULL && !sj_read_text(fd, text, PASSWD_MAX))
    text[0] = 0;
  if (fd >= 0)
    close(fd);
  return text;
}

/* The sixth field of the first line whose third is the user; "" if there is none. */
static void look_up(uint64_t user, char *text, char home[HOME_MAX]) {
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    char *field[6], *end;
    unsigned n = 0;
    for (char *at = line; n < 6 && at != NULL; n++) {
      field[n] = at;
      at = strchr(at, ':');
      if (at != NULL)
        *at++ = 0;
    }
    if (n < 6 || field[2][0] == 0 || strtoull(field[2], &end, 10) != user || *end != 0)
      continue;
    snprintf(home, HOME_MAX, "%s", field[5]);
    return;
  }
}

void sj_give_home(struct sj_context *c) {
  static char variable[HOME_MAX + 8] = "HOME=";
  static struct sj_start start;
  const struct sj_strv *all = &c->start->environment;
  uint32_t at = 0; /* an empty one, which engines write for a user that they know no home of, counts as none */
  while (at < all->count && strncmp(all->items[at], "HOME=", 5) != 0)
    at++;
  if (at < all->count && all->items[at][5] != 0)
    return;
  char *text = read_passwd();
  if (text != NULL)
    look_up(user_of(c), text, variable + 5);
  free(text);
  if (variable[5] == 0)
    strcpy(variable, "HOME=/");
  const char **items = calloc((size_t)all->count + 2, sizeof *items);
  if (items == NULL)
    return; /* it does without */
  for (uint32_t i = 0; i < all->count; i++)
    items[i] = all->items[i];
  items[at] = variable;
  start = *c->start;
  start.environment = (struct sj_strv){at < all->count ? all->count : all->count + 1, items};
  c->start = &start;
}
