/** The one way to read or write files of the host, also where a guest has made their names. */
package dev.sandjar.internal.hostfs;
