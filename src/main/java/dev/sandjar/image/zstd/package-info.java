/** Zstandard (RFC 8878), decoded in Java alone: bounded memory, no native code, no access past an array. Not for users. */
package dev.sandjar.image.zstd;
