package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.TEXT;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompFlag;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SeccompRule;
import java.util.List;
import java.util.Set;

/** Filters on system calls: those of the library by their names, others rule by rule. */
final class SeccompForms {
    static final Form<SeccompAction> ACTION = StructForm.of(
            (out, action) -> out.put("kind", Forms.typed(SeccompAction.Kind.class), action.kind())
                    .put("error", INT, Values.boxed(action.error())),
            SeccompForms::action);

    private static final StructForm<SeccompProfile> RULES = StructForm.of(
            (out, profile) -> out.put("name", TEXT, profile.name())
                    .put("defaultAction", ACTION, profile.defaultAction())
                    .put("unknownAction", ACTION, profile.unknownAction())
                    .put("rules", Forms.list(SeccompRule.class), profile.rules())
                    .put("flags", Forms.set(SeccompFlag.class), Values.some(profile.flags())),
            in -> SeccompProfile.of(
                    in.need("name", TEXT),
                    in.need("defaultAction", ACTION),
                    in.need("unknownAction", ACTION),
                    in.need("rules", Forms.list(SeccompRule.class)),
                    in.get("flags", Forms.set(SeccompFlag.class)).orElse(Set.of())));

    static final Form<SeccompProfile> PROFILE = new Form<>() {
        @Override
        public JsonNode write(SeccompProfile profile) {
            boolean ours = builtIn().stream().anyMatch(each -> isSame(each, profile));
            return ours ? TEXT.write(profile.name()) : RULES.write(profile);
        }

        @Override
        public SeccompProfile read(JsonNode node) {
            if (!node.isTextual()) {
                return RULES.read(node);
            }
            return builtIn().stream()
                    .filter(each -> each.name().equals(node.textValue()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(Printable.quote(node.textValue()) + " is none of "
                            + builtIn().stream().map(SeccompProfile::name).toList()));
        }
    };

    private SeccompForms() {}

    private static List<SeccompProfile> builtIn() {
        return List.of(SeccompProfile.none(), SeccompProfile.standard(), SeccompProfile.strict());
    }

    private static boolean isSame(SeccompProfile one, SeccompProfile other) {
        return one.name().equals(other.name()) && one.equals(other);
    }

    private static SeccompAction action(Struct in) {
        SeccompAction.Kind kind = in.need("kind", Forms.typed(SeccompAction.Kind.class));
        return switch (kind) {
            case ALLOW -> SeccompAction.allow();
            case ERRNO -> SeccompAction.errno(in.need("error", INT));
            case KILL_PROCESS -> SeccompAction.killProcess();
            case KILL_THREAD -> SeccompAction.killThread();
            case TRAP -> SeccompAction.trap();
            case LOG -> SeccompAction.log();
            case ASK_HOST -> SeccompAction.askHost();
        };
    }
}
