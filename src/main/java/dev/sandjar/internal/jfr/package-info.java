/** What Sandjar tells the JDK's flight recorder. */
package dev.sandjar.internal.jfr;
