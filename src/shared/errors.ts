// Errors as values: a code for programs, a sentence for a person, a remedy. They cross processes and transports whole.
import { z } from 'zod';

export const LiveDbErrorData = z.object({
  /** Stable, lower-case, dotted or dashed: `bad-request`, `unknown-command`, `seed.invalid`, `port-taken` … */
  code: z.string(),
  /** One sentence saying what happened and why. */
  message: z.string(),
  /** What the person can do next. */
  remedy: z.string().optional(),
  /** Anything a program may want: the faults of a seed file, paths of bad fields, ids. */
  details: z.unknown().optional(),
});
export type LiveDbErrorData = z.infer<typeof LiveDbErrorData>;

/** An error a person can act on. Thrown inside a process, sent between processes as its `data`. */
export class LiveDbError extends Error {
  readonly data: LiveDbErrorData;

  constructor(data: LiveDbErrorData, options?: { cause?: unknown }) {
    super(data.message, options);
    this.name = 'LiveDbError';
    this.data = data;
  }

  /** Any thrown value as error data; what is not a LiveDbError gets the code `unexpected`. */
  static dataOf(error: unknown): LiveDbErrorData {
    if (error instanceof LiveDbError) return error.data;
    if (error instanceof z.ZodError) return badRequest(error);
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'unexpected', message };
  }
}

export interface FieldFault {
  /** Dotted path of the field, e.g. `query.window.sizeMs`; empty for the whole body. */
  path: string;
  message: string;
}

function faultsOf(issue: z.core.$ZodIssue): FieldFault[] {
  const path = (...more: string[]) => [...issue.path.map(String), ...more].join('.');
  // zod names the object that holds an unknown field; people look for the field.
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: path(key), message: 'there is no such field here' }));
  return [{ path: path(), message: issue.message }];
}

const placeOf = ({ path }: z.core.$ZodIssue) => path.map(String).join('.');

/** A zod failure as an error that names every field by its path. */
export function badRequest(error: z.ZodError): LiveDbErrorData {
  // What is of the wrong type is said once: zod goes on to measure it, a text in place of a list by its letters.
  const mistyped = new Set(error.issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  const faults: FieldFault[] = error.issues
    .filter((issue) => issue.code === 'invalid_type' || !mistyped.has(placeOf(issue)))
    .flatMap(faultsOf);
  const first = faults[0];
  const place = first === undefined || first.path === '' ? 'The request' : `Field "${first.path}"`;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return {
    code: 'bad-request',
    message: `${place} was refused: ${first?.message ?? 'it does not parse'}${more}.`,
    remedy: 'Correct the named fields and send the request again; nothing was changed.',
    details: { fields: faults },
  };
}
