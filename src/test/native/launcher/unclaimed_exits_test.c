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
  CHECK(!sj_early_take(1, &status, &found));
  /* A burst of starts that all fail at once. */
  for (int i = 1; i <= MANY; i++) {
    usage.ru_maxrss = i;
    CHECK(sj_early_note(i, i << 8, &usage));
  }
  for (int i = 1; i <= MANY; i += 2) {
    CHECK(sj_early_take(i, &status, &found));
    CHECK(status == i << 8 && found.ru_maxrss == i);
    CHECK(!sj_early_take(i, &status, &found));
  }
  CHECK(sj_early_take(2, &status, &found) && status == 2 << 8);
  sj_early_forget();
  for (int i = 1; i <= MANY; i++)
    CHECK(!sj_early_take(i, &status, &found));
  CHECK(sj_early_note(7, 1, &usage) && sj_early_take(7, &status, &found));
  puts("early: ok");
  return 0;
}
