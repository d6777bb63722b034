package dev.sandjar.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with sandboxes: {@code @Test} with {@link SandboxExtension}, which is skipped as {@link EnabledIfSandbox} says.
 *
 * <pre>{@code
 * @SandboxTest
 * void survives(@Nodes(3) Cluster cluster) throws Exception {
 *     for (NetworkMember node : cluster.nodes()) {
 *         cluster.start(node, Command.of("/usr/bin/store", "--name", node.name().orElseThrow()));
 *     }
 *     NetworkMember first = cluster.nodes().get(0);
 *     cluster.faults().partition(Set.of(first), cluster.others(first));
 * }
 * }</pre>
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Test
@ExtendWith(SandboxExtension.class)
@EnabledIfSandbox
public @interface SandboxTest {}
