package dev.sandjar.junit;

import dev.sandjar.Isolation;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test, or all tests of a class, if this host can't do what they need. The reason and the remedy of the first thing that is
 * missing are those of {@link dev.sandjar.SandboxHost}.
 *
 * <p>The system property {@code sandjar.mustWork} keeps skips from going unseen: a test fails with an {@link IllegalStateException}
 * instead of being skipped if the property is {@code all}, or a comma-separated list that names what is missing. An {@link Isolation}
 * or {@link NetworkSupport} is named in lower case with hyphens, such as {@code user-namespace}; {@code untrusted} stands for {@link
 * dev.sandjar.Sandbox#untrusted()} as a whole. The property is not set by default.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(EnabledIfSandboxCondition.class)
public @interface EnabledIfSandbox {
    /**
     * Names the isolations that this host has to give.
     *
     * @return the isolations; by default none, which means, if no {@link #networks()} are named either, that {@link
     *     dev.sandjar.Sandbox#untrusted()} has to start with all that it asks for
     */
    Isolation[] features() default {};

    /**
     * Names what this host has to be able to do for networks.
     *
     * @return what is needed beside {@link #features()}; by default nothing
     */
    NetworkSupport[] networks() default {};
}
