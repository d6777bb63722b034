package dev.sandjar.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A contract with one of everything that a contract may have. */
public interface Everything {
    enum Colour {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "green";
            }
        }
    }

    sealed interface Figure permits Circle, Polygon {}

    record Circle(double radius) implements Figure {
        public Circle {
            if (radius < 0) {
                throw new IllegalArgumentException("radius " + radius);
            }
        }
    }

    sealed interface Polygon extends Figure permits Square, Triangle {}

    record Square(float side) implements Polygon {}

    record Triangle(int a, Integer b, long c) implements Polygon {}

    record Tree(String name, List<Tree> children) {}

    record All(
            boolean z,
            byte b,
            short s,
            char c,
            int i,
            long l,
            float f,
            double d,
            String text,
            byte[] bytes,
            Colour colour,
            List<Figure> figures,
            Set<String> set,
            Map<Colour, List<Optional<Long>>> map,
            Optional<Tree> tree) {}

    interface Greeter {
        String greet(String name) throws Unfriendly;
    }

    class Unfriendly extends Exception {
        private static final long serialVersionUID = 1L;

        public Unfriendly(String message) {
            super(message);
        }
    }

    class MoreUnfriendly extends Unfriendly {
        private static final long serialVersionUID = 1L;

        public MoreUnfriendly(String message) {
            super(message);
        }
    }

    All all(All value);

    Figure figure(Figure value);

    byte[] echo(byte[] bytes);

    Object2 nothing();

    record Object2() {}

    void fail(String how) throws Unfriendly, IOException;

    String callback(Greeter greeter, String name);

    long read(InputStream in) throws IOException;

    void write(OutputStream out, int bytes) throws IOException;

    String file(Path path) throws IOException;

    void sleep(long millis) throws InterruptedException;

    int count();

    int release();

    int processors();

    default String name() {
        return "default";
    }

    /** In the worker. */
    final class Impl implements Everything {
        private final CountDownLatch latch = new CountDownLatch(1);
        private int count;
        private Greeter kept;

        private Impl() {}

        @Override
        public int processors() {
            return Runtime.getRuntime().availableProcessors();
        }

        @Override
        public All all(All value) {
            return value;
        }

        @Override
        public Figure figure(Figure value) {
            return value;
        }

        @Override
        public byte[] echo(byte[] bytes) {
            return bytes;
        }

        @Override
        public Object2 nothing() {
            return null;
        }

        @Override
        public void fail(String how) throws Unfriendly, IOException {
            switch (how) {
                case "declared" -> throw new Unfriendly("no");
                case "subclass" -> throw new MoreUnfriendly("no");
                case "other" -> throw new IOException("disk");
                case "late" -> kept.greet("late");
                default -> throw new IllegalStateException(how, new RuntimeException("inner"));
            }
        }

        @Override
        public String callback(Greeter greeter, String name) {
            kept = greeter;
            try {
                return greeter.greet(name) + greeter.greet(name);
            } catch (Unfriendly e) {
                return "unfriendly: " + e.getMessage();
            }
        }

        @Override
        public long read(InputStream in) throws IOException {
            return in.transferTo(OutputStream.nullOutputStream());
        }

        @Override
        public void write(OutputStream out, int bytes) throws IOException {
            out.write("x".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public String file(Path path) throws IOException {
            return Files.readString(path);
        }

        @Override
        public void sleep(long millis) throws InterruptedException {
            count++;
            if (millis < 0) {
                latch.await();
            }
            Thread.sleep(Math.max(millis, 0));
        }

        @Override
        public int count() {
            return ++count;
        }

        @Override
        public int release() {
            latch.countDown();
            return 1;
        }
    }
}
