package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.Tier;
import dev.sandjar.internal.verify.Attacks;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TierTableTest {
    /** A guarantee without an attack would be a claim, and an attack without a line would prove nothing. */
    @Test
    void everyAttackIsInOneLine() throws IOException {
        List<String> told =
                TierTable.rows().stream().flatMap(row -> row.attacks().stream()).toList();
        List<String> made = Attacks.all().stream().map(Attacks.Attack::name).toList();
        assertEquals(made.stream().sorted().toList(), told.stream().sorted().toList());
    }

    @Test
    void everyTierHasACell() throws IOException {
        for (TierTable.Row row : TierTable.rows()) {
            assertEquals(Tier.values().length, row.means().size(), row::toString);
            assertFalse(row.means().stream().anyMatch(String::isBlank), row::toString);
            assertFalse(row.attacks().isEmpty(), row::toString);
            // ContainerTierIT makes all of them.
            assertNotEquals("no", row.means().get(1), row::toString);
        }
    }
}
