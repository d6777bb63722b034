package dev.sandjar.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a parameter of type {@link java.nio.file.Path} of a test method, for which {@link SandboxExtension} makes an empty directory of
 * the host. The test's sandboxes see it at {@link SandboxExtension#SCRATCH}, and may write to it. It is gone after the test.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Scratch {}
