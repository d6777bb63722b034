/** The door between the API and the engine, in both directions. What is below is the engine's. */
package dev.sandjar.internal;
