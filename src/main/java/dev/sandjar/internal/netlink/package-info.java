/** Messages of {@code netlink(7)} and {@code rtnetlink(7)} as bytes: what is asked of the kernel about links, addresses and routes. */
@NullMarked
package dev.sandjar.internal.netlink;

import org.jspecify.annotations.NullMarked;
