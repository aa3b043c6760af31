// The report of an audit as a file to keep and as a page to print.
import type { AuditReport } from '../../../shared/audit.ts';
import { reportPage } from '../../../shared/audit-page.ts';

export function saveReport(report: AuditReport): void {
  const blob = new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = `livedb-audit-${report.id}.json`;
  link.click();
  // The download has taken its own copy by the next turn of the clock.
  window.setTimeout(() => URL.revokeObjectURL(address), 1_000);
}

/** Some browsers never say that printing has ended: a frame then goes with the next one. */
let printed: HTMLIFrameElement | null = null;

/** Opens the print dialog of the browser for the report alone, in a frame that nobody sees and that takes no focus. */
export function printReport(report: AuditReport): void {
  printed?.remove();
  const frame = document.createElement('iframe');
  printed = frame;
  frame.title = 'Report to print';
  frame.tabIndex = -1;
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0;visibility:hidden';
  frame.addEventListener('load', () => {
    const page = frame.contentWindow;
    if (page === null) return;
    page.addEventListener('afterprint', () => frame.remove());
    page.print();
  });
  frame.srcdoc = reportPage(report);
  document.body.append(frame);
}
