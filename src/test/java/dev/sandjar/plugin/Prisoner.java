package dev.sandjar.plugin;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Looks around. */
public interface Prisoner {
    String list(String directory);

    String load(String className);

    String write(String file);

    String environment();

    /** In the worker. */
    final class Impl implements Prisoner {
        @Override
        public String list(String directory) {
            String[] names = new File(directory).list();
            return names == null ? "" : Arrays.toString(names).replace("[]", "");
        }

        @Override
        public String load(String className) {
            try {
                Class.forName(className, false, Impl.class.getClassLoader());
                return "loaded";
            } catch (ClassNotFoundException e) {
                return "ClassNotFoundException";
            }
        }

        @Override
        public String write(String file) {
            try (FileOutputStream out = new FileOutputStream(file)) {
                out.write(1);
                return "written";
            } catch (IOException e) {
                return e.getMessage();
            }
        }

        @Override
        public String environment() {
            StringBuilder foreign = new StringBuilder();
            for (String name : System.getenv().keySet()) {
                if (!name.startsWith("SANDJAR_FD_") && !name.matches("PATH|HOME|LANG|USER|LOGNAME")) {
                    foreign.append(name).append(' ');
                }
            }
            return foreign.toString();
        }
    }
}
