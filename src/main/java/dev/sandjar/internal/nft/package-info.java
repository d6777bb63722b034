/** Messages of nf_tables ({@code nft(8)}) as bytes: tables, chains, rules and their expressions, and the rules of a firewall. */
@NullMarked
package dev.sandjar.internal.nft;

import org.jspecify.annotations.NullMarked;
