/** Sandjar behind LangChain4j. */
@NullMarked
package dev.sandjar.adapters.langchain4j;

import org.jspecify.annotations.NullMarked;
