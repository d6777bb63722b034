package dev.sandjar.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test, with the reason on standard output and in the report, where host or identity lack something. With the system
 * property {@code sandjar.mustWork} set to "all", or to a comma-separated list that names what lacks, it fails instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsHostCondition.class)
public @interface NeedsHost {
    Feature[] value();
}
