/* Without end: the compiler reads its own device. */
#include "/dev/zero"
#include "/dev/stdin"
#error never
