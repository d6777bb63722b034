package dev.sandjar.junit;

import dev.sandjar.ExitReport;

/** What can be said of a report. See {@link SandboxAssertions}. */
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
