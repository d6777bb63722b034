package dev.sandjar.junit;

import dev.sandjar.ExitReport;

/** Assertions about a report, see {@link SandboxAssertions}. Thread-safe. */
public final class ReportAssert extends AbstractReportAssert<ReportAssert> {
    private final ExitReport report;

    ReportAssert(ExitReport report) {
        super(report);
        this.report = report;
    }

    @Override
    ReportAssert self() {
        return this;
    }

    @Override
    String description() {
        return report.toString();
    }
}
