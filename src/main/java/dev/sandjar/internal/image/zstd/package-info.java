/** Zstandard (RFC 8878) by zstd-jni, and what the headers of frames say before. Not for users. */
package dev.sandjar.internal.image.zstd;
