package dev.sandjar.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says what a parameter of type {@link Cluster} is to be. */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Nodes {
    /**
     * How many members the network has, which are called node1, node2 and so on.
     *
     * @return 1 to 250
     */
    int value();

    /**
     * Whether packets are captured, up to 16 MiB of them: when the test has failed, its message says in which file. The file of a test that has not is
     * removed.
     *
     * @return whether there is a capture
     */
    boolean capture() default false;
}
