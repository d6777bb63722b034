package dev.sandjar.plugin;

import dev.sandjar.Command;
import dev.sandjar.internal.plugin.Plugins;

/**
 * Plugins that are not Java: a program that reads calls and writes results, each a line of JSON, on descriptors of its own. What
 * {@link PluginPool} promises holds for them, too: sandbox, deadlines, limits, verdicts, pools. A contract may not have
 * streams, files and callbacks.
 *
 * <p>The program finds the number of the descriptor that it reads in {@code SANDJAR_FD_CALLS}, and of the one that it writes in
 * {@code SANDJAR_FD_REPLIES}. Its standard output and error go to the log. A call is
 *
 * <pre>{@code {"id":1,"method":"scale","params":["aGVsbG8=",128]}}</pre>
 *
 * <p>and is answered, in any order, by one of
 *
 * <pre>{@code
 * {"id":1,"result":"aGk="}
 * {"id":1,"error":{"type":"BadImage","message":"no PNG"}}
 * {"id":1,"error":{"message":"division by zero","trace":"Traceback ..."}}
 * {"id":1,"error":"division by zero"}
 * }</pre>
 *
 * <p>where the type is the simple name of an exception that the method declares. An error is an object or its message; type, message and
 * trace are texts, each may be left out, and other fields are not read. Numbers are numbers (a {@code long} may be beyond what
 * JavaScript can hold exactly), NaN and infinities are the texts {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}, a char is a
 * text of one character, byte[] is base64, an enum its name, a record an object, one of several records of a sealed interface an object
 * whose {@code "type"}, best its first field, is the record's simple name, a List or Set an array, a Map with texts, enums or integers as keys an object and
 * any other an array of arrays of two, an empty Optional null. Half surrogate pairs can't be sent.
 *
 * <p>Of an answer no more is taken than the contract has a place for, within {@link PluginLimits}: a line that has more, or
 * an error of another shape, ends the program, {@link PluginException.Reason#PROTOCOL_VIOLATION}.
 *
 * <p>A method is called by its name, so that names have to differ. The program ends when it reads the end of the calls.
 */
public final class CommandPlugin {
    private CommandPlugin() {}

    /**
     * Begins a pool of such programs. {@link PluginPoolBuilder#classPath} and what else is about Java does not apply; files that the
     * program needs are for {@link PluginPoolBuilder#sandbox} to bind.
     *
     * @param contract the interface
     * @param command the program; without redirects, a terminal, an input, and the descriptors "calls" and "replies"
     * @param <T> the contract
     * @return a builder
     * @throws IllegalArgumentException if the interface has a type that no contract may have, a stream, file or callback, or two
     *     methods of one name; all of them are named
     */
    public static <T> PluginPoolBuilder<T> builder(Class<T> contract, Command command) {
        return Plugins.get().command(contract, command);
    }
}
