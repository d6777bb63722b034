/*
 * A process of the keeper's: passes frames on from members of a network to others, later than they came, or not at all, where the bridge
 * does not. It reads what hostile members send, so that it has no capability, no path to a file, and no other socket than those that
 * Java hands it. It ends with its socket or with the keeper, and says why if it ends for another reason.
 *
 * Neighbours find each other without it: the bridge passes their messages on.
 */
#ifndef SJ_KEEPER_CABLE_H
#define SJ_KEEPER_CABLE_H

/* Serves `java` until that ends. Returns the exit status. */
int sj_cable(int java);

#endif
