package dev.sandjar.plugin;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contracts of applications that are modules. */
class ClosedModuleTest {
    @TempDir
    Path directory;

    private Class<?> contract(String declaration) throws Exception {
        Path sources = Files.createDirectories(directory.resolve("src/closed/api"));
        Path module =
                Files.writeString(directory.resolve("src/module-info.java"), "module closed { " + declaration + " }");
        Path contract = Files.writeString(
                sources.resolve("Service.java"),
                "package closed.api; public interface Service { Point move(Point of) throws Lost;"
                        + " record Point(int x) {} class Lost extends Exception { Lost(String why) { super(why); } } }");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertNotNull(compiler, "tests run on a JDK");
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-d", directory.resolve("out").toString()),
                            null,
                            files.getJavaFileObjects(module, contract))
                    .call();
            assertTrue(compiled, said::toString);
        }
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration = boot.configuration()
                .resolve(ModuleFinder.of(directory.resolve("out")), ModuleFinder.of(), Set.of("closed"));
        return boot.defineModulesWithOneLoader(configuration, ClosedModuleTest.class.getClassLoader())
                .findLoader("closed")
                .loadClass("closed.api.Service");
    }

    @Test
    void whatIsNotOpenedIsNamedWithWhatToSay() throws Exception {
        Class<?> contract = contract("");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> PluginPool.builder(contract, "closed.Impl"));
        String message = e.getMessage();
        assertTrue(message.contains("closed.api.Service.move"), message);
        assertTrue(message.contains("type closed.api.Service$Point"), message);
        assertTrue(message.contains("exception closed.api.Service$Lost can't be made"), message);
        assertTrue(message.contains("module closed does not open its package closed.api"), message);
        assertTrue(message.contains("\"opens closed.api;\" in its module-info.java"), message);
        assertTrue(message.contains("--add-opens closed/closed.api=ALL-UNNAMED"), message);
    }

    @Test
    void whatIsOpenedCanBeUsed() throws Exception {
        assertNotNull(PluginPool.builder(contract("opens closed.api;"), "closed.Impl"));
    }
}
