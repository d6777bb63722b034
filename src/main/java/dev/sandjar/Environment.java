package dev.sandjar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Environment variables, and which of them nobody but a preset has set. Immutable. Two are equal if their variables are. */
final class Environment {
    private static final Environment NONE = new Environment(Map.of(), Set.of());

    private final Map<String, String> variables;
    private final Set<String> presets;

    private Environment(Map<String, String> variables, Set<String> presets) {
        this.variables = Collections.unmodifiableMap(variables);
        this.presets = presets;
    }

    static Environment none() {
        return NONE;
    }

    Map<String, String> variables() {
        return variables;
    }

    /** Names of those that a preset has brought, and nobody has set since. */
    Set<String> presets() {
        return Set.copyOf(presets);
    }

    Environment asPreset() {
        return new Environment(variables, Set.copyOf(variables.keySet()));
    }

    Environment with(Map<String, String> more) {
        Map<String, String> changed = new LinkedHashMap<>(variables);
        EnvironmentText.putAll(changed, more);
        return chosen(changed, more.keySet());
    }

    Environment inheriting(String... names) {
        Map<String, String> changed = new LinkedHashMap<>(variables);
        EnvironmentText.inherit(changed, System.getenv(), names);
        return chosen(changed, List.of(names));
    }

    private Environment chosen(Map<String, String> changed, Iterable<String> names) {
        EnvironmentText.checkRoom(List.of(), changed);
        Set<String> remaining = new HashSet<>(presets);
        names.forEach(remaining::remove);
        return new Environment(changed, remaining);
    }

    /** Sets those that nobody but a preset has set. */
    Environment withDefaults(Map<String, String> more) {
        Map<String, String> unset = new LinkedHashMap<>(more);
        unset.keySet().removeIf(name -> variables.containsKey(name) && !presets.contains(name));
        return with(unset);
    }

    /** Changes a variable that nobody but a preset has set. */
    Environment presetOr(String name, String value) {
        if (variables.containsKey(name) && !presets.contains(name)) {
            return this;
        }
        Map<String, String> changed = new LinkedHashMap<>(variables);
        changed.put(name, value);
        Set<String> more = new HashSet<>(presets);
        more.add(name);
        return new Environment(changed, more);
    }

    /** Unless somebody has set it. */
    Environment withoutPreset(String name) {
        if (!presets.contains(name)) {
            return this;
        }
        Map<String, String> changed = new LinkedHashMap<>(variables);
        changed.remove(name);
        Set<String> remaining = new HashSet<>(presets);
        remaining.remove(name);
        return new Environment(changed, remaining);
    }

    /** The same variables in the opposite order. */
    Environment reversed() {
        List<Map.Entry<String, String>> entries = new ArrayList<>(variables.entrySet());
        Collections.reverse(entries);
        Map<String, String> reversed = new LinkedHashMap<>();
        entries.forEach(entry -> reversed.put(entry.getKey(), entry.getValue()));
        return new Environment(reversed, presets);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Environment that && variables.equals(that.variables);
    }

    @Override
    public int hashCode() {
        return variables.hashCode();
    }

    /** The names only: values may be secret. */
    @Override
    public String toString() {
        return variables.keySet().toString();
    }
}
