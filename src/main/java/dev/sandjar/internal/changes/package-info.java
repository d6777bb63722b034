/** What a sandbox has written to its root, read from a layer whose content is hostile. */
package dev.sandjar.internal.changes;
