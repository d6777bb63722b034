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
 * Skips tests that this host can't run, with what the doctor ({@link dev.sandjar.SandboxHost}) says is the reason and the remedy.
 *
 * <p>A skip that nobody sees is a test that nobody runs: where the system property {@code sandjar.mustWork} is "all", or a
 * comma-separated list that names what is missing ({@code user-namespace}; {@code untrusted} for the whole), it fails instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(EnabledIfSandboxCondition.class)
public @interface EnabledIfSandbox {
    /**
     * What has to work.
     *
     * @return isolations; none of them means that {@link dev.sandjar.Sandbox#untrusted()} has to start as it is
     */
    Isolation[] features() default {};
}
