// Which window an event time belongs to. Tumbling today; hopping and session windows add their own layout here, the
// rest of the core only asks for starts and ends.
import { type WindowSpec, windowLength } from '../../../shared/query.ts';

export interface WindowLayout {
  readonly kind: WindowSpec['kind'];
  /** Start of the window that holds event time `at` (epoch ms); windows are aligned to the epoch, as Flink's are. */
  startOf(at: number): number;
  /** End (exclusive) of the window that starts at `start`. */
  endOf(start: number): number;
}

export function layoutOf(spec: WindowSpec): WindowLayout {
  const size = windowLength(spec);
  return {
    kind: spec.kind,
    startOf: (at) => Math.floor(at / size) * size,
    endOf: (start) => start + size,
  };
}
