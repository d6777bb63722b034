/* What a program writes, counted on its way to the streams of this command. */
#ifndef SJ_PREFIX_OUTPUT_H
#define SJ_PREFIX_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SJ_OUTPUTS = 2, SJ_OUTPUT_SIZE = 1 << 16 };

/* Standard output and error, in this order. */
struct sj_output {
  uint64_t left; /* of the limit */
  bool over;     /* there was more */
  struct {
    int from; /* the end of a pipe; -1 once it is done */
    int to;   /* -1 once nobody reads what is written there */
    size_t at, length;
    uint8_t bytes[SJ_OUTPUT_SIZE];
  } stream[SJ_OUTPUTS];
};

/* Puts the program's ends of two pipes in `ends`, to be closed. 0, or -1 with errno. */
int sj_output_begin(struct sj_output *o, uint64_t limit, int ends[SJ_OUTPUTS]);
/* What to wait for. */
void sj_output_await(const struct sj_output *o, struct pollfd events[SJ_OUTPUTS]);
/* Moves what can be moved now. */
void sj_output_move(struct sj_output *o, const struct pollfd events[SJ_OUTPUTS]);
/* Moves the rest, until every end is closed. */
void sj_output_finish(struct sj_output *o);

#endif
