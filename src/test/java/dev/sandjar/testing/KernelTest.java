package dev.sandjar.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class of tests that start sandboxes on this kernel, and leave nothing behind. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("linux")
@Timeout(
        value = 3,
        unit = TimeUnit.MINUTES) // what hangs; a JVM alone may take many seconds to start where much else goes on
@ExtendWith(LeakCheck.class)
public @interface KernelTest {}
