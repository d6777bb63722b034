/* Ends of supervisors that nobody has asked for yet. */
#define _GNU_SOURCE
#include <string.h>

#include "check.h"
#include "launcher/unclaimed_exits.h"

enum { MANY = 1000 };

int main(void) {
  struct rusage usage, found;
  int status;
  memset(&usage, 0, sizeof usage);
  CHECK(!sj_take_unclaimed_exit(1, &status, &found));
  /* A burst of starts that all fail at once. */
  for (int i = 1; i <= MANY; i++) {
    usage.ru_maxrss = i;
    CHECK(sj_note_unclaimed_exit(i, i << 8, &usage));
  }
  for (int i = 1; i <= MANY; i += 2) {
    CHECK(sj_take_unclaimed_exit(i, &status, &found));
    CHECK(status == i << 8 && found.ru_maxrss == i);
    CHECK(!sj_take_unclaimed_exit(i, &status, &found));
  }
  CHECK(sj_take_unclaimed_exit(2, &status, &found) && status == 2 << 8);
  sj_forget_unclaimed_exits();
  for (int i = 1; i <= MANY; i++)
    CHECK(!sj_take_unclaimed_exit(i, &status, &found));
  CHECK(sj_note_unclaimed_exit(7, 1, &usage) && sj_take_unclaimed_exit(7, &status, &found));
  puts("unclaimed_exit: ok");
  return 0;
}
