package dev.sandjar.plugin;

import dev.sandjar.Command;
import dev.sandjar.internal.plugin.Plugins;
import java.util.Objects;

/**
 * Begins pools of plugins that are not Java: programs that read calls and write results on descriptors of their own, each a line of
 * JSON (RFC 8259, UTF-8). What {@link PluginPool} promises holds for them too: sandbox, deadlines, limits, verdicts, pools. A contract
 * may not have streams, files and callbacks.
 *
 * <p>The program finds the number of the descriptor that it reads in the environment variable {@code SANDJAR_FD_CALLS}, and the number
 * of the one that it writes in {@code SANDJAR_FD_REPLIES}. Its standard output and error go to the logger {@code
 * dev.sandjar.plugin.output.} with the name of the contract, at the level INFO. A call is
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
 * <p>where {@code "type"} is the simple name of an exception that the method declares. An error is an object or its message; type, message
 * and trace are strings, each may be left out, and other fields are not read. Values of the contract are written as follows:
 *
 * <ul>
 *   <li>numbers as numbers (a {@code long} may be beyond what JavaScript can hold exactly); NaN and infinities as the strings
 *       {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}
 *   <li>a {@code char} as a string of one character, {@code byte[]} as a string in base64 (RFC 4648, section 4), an enum constant as a
 *       string, its name
 *   <li>a record as an object; one of the records of a sealed interface as an object whose {@code "type"}, best its first field, is the
 *       simple name of the record
 *   <li>a {@code List} or {@code Set} as an array; a {@code Map} as an object if its keys are strings, enum constants or integers, and
 *       otherwise as an array of arrays of key and value; an empty {@code Optional} as null
 * </ul>
 *
 * <p>A string with half a surrogate pair can't be sent. Everything in a result has to have its place in the contract, within {@link
 * PluginLimits}: a result that has more, a line that is not such an object, and an error of another shape end the program and fail the
 * call with {@link PluginException.Reason#PROTOCOL_VIOLATION}.
 *
 * <p>Methods are called by name, so that no two methods of a contract may have the same name. A program learns nothing of a call that
 * timed out or was cancelled. It should end when it reads the end of the file from the descriptor of the calls.
 */
public final class CommandPlugin {
    private CommandPlugin() {}

    /**
     * Begins a pool of programs. Of the builder's settings {@code classPath}, {@code heap}, {@code jdk}, {@code jvmOptions} and {@code
     * classDataArchive} have no effect; the files that the program needs are those that {@link PluginPoolBuilder#sandbox} binds. A call
     * fails with an {@link IllegalStateException} if the artifact com.fasterxml.jackson.core:jackson-databind is missing.
     *
     * @param contract the interface whose methods are called
     * @param command the program and its arguments, without redirects, a terminal, an input, and descriptors of the names "calls" and
     *     "replies"
     * @param <T> the contract
     * @return a builder
     * @throws IllegalArgumentException if the interface has a type that no contract may have, a stream, a file or a callback, or two
     *     methods of the same name; the message names all of them
     */
    public static <T> PluginPoolBuilder<T> builder(Class<T> contract, Command command) {
        Objects.requireNonNull(contract, "contract");
        Objects.requireNonNull(command, "command");
        return Plugins.get().command(contract, command);
    }
}
