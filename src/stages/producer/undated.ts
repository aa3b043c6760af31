// Rows whose created_at is no moment an event can carry (none, infinity, before our era): all of them counted, the first
// ones named. main.ts of this folder keeps one and puts it into its reports.
import type { ProducerReport } from '../../shared/link.ts';

const NAMED = 5;

export class UndatedRows {
  private count = 0;
  private lastAt = 0;
  private readonly first: { id: string; createdAt: string | null }[] = [];

  add(id: string, createdAt: string | null, now: number): void {
    this.count += 1;
    this.lastAt = now;
    if (this.first.length < NAMED) this.first.push({ id, createdAt });
  }

  report(): ProducerReport['undated'] {
    return { count: this.count, lastAt: this.lastAt, first: [...this.first] };
  }
}
