/** A policy made concrete for one host: ordered operations, their explanation, and their bytes. */
package dev.sandjar.internal.plan;
