package dev.sandjar;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class DataSizeProps {
    @Property
    boolean textReadsBack(@ForAll @LongRange(min = 0) long bytes) {
        DataSize size = DataSize.bytes(bytes);
        return DataSize.parse(size.toString()).equals(size);
    }

    @Property
    boolean textOfWholeUnitsReadsBack(@ForAll @LongRange(min = 0, max = 8_796_093_022_207L) long mebibytes) {
        DataSize size = DataSize.mebibytes(mebibytes);
        return DataSize.parse(size.toString()).equals(size);
    }

    @Property
    boolean orderIsThatOfBytes(@ForAll @LongRange(min = 0) long a, @ForAll @LongRange(min = 0) long b) {
        return Integer.signum(DataSize.bytes(a).compareTo(DataSize.bytes(b))) == Integer.signum(Long.compare(a, b));
    }
}
