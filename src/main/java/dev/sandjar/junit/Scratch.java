package dev.sandjar.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a parameter of type {@link java.nio.file.Path} for which {@link SandboxExtension} makes an empty directory of the host, one for
 * each test. If the test method has such a parameter, the test's sandboxes see the directory at {@link SandboxExtension#SCRATCH} and
 * may write to it; if only a {@code @BeforeEach} method has one, the sandboxes and builders that are provided afterwards do. The
 * directory is removed after the test.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Scratch {}
