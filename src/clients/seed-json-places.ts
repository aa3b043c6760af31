// Where things stand in a JSON text: the first fault of a broken one, or the rows and fields of a sound one, which
// JSON.parse does not tell. Called by seed-json.ts, only when there is a fault to name. Grammar: RFC 8259.

export interface Place {
  /** Both from 1; the column counts UTF-16 units as editors do. */
  line: number;
  column: number;
}

export interface JsonPlaces {
  broken: (Place & { problem: string }) | null;
  /** Where a row begins, or the value of one of its fields; the row when it has no such field. */
  of(row: number, field: string | null): Place;
}

class Broken extends Error {
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings.
const STRING = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;
const MAX_DEPTH = 64;

/** Told of every value: the path of keys and indexes to it, and its offset. */
type Visit = (path: readonly (string | number)[], offset: number) => void;

/** Walks one value from `start` on, and with `whole` demands that nothing follows. Throws Broken at the first fault. */
function walk(text: string, start: number, whole: boolean, visit: Visit): void {
  let at = start;
  const path: (string | number)[] = [];

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return null;
    at = pattern.lastIndex;
    return found[0];
  };
  const fail = (wanted: string): never => {
    const here = text[at];
    const problem =
      here === undefined
        ? `the file ends where ${wanted} should be`
        : `${JSON.stringify(here)} stands where ${wanted} should be`;
    throw new Broken(at, problem);
  };
  const string = (wanted: string): string => {
    const raw = match(STRING);
    if (raw !== null) return JSON.parse(raw) as string;
    if (text[at] === '"')
      throw new Broken(at, 'this string is not closed, or holds a line break or a wrong escape');
    return fail(wanted);
  };
  const list = (close: string, item: (index: number) => void) => {
    at++;
    match(SPACE);
    if (text[at] === close) {
      at++;
      return;
    }
    for (let index = 0; ; index++) {
      item(index);
      match(SPACE);
      if (text[at] === close) {
        at++;
        return;
      }
      if (text[at] !== ',') fail(`"," or "${close}"`);
      at++;
      match(SPACE);
    }
  };
  const value = () => {
    match(SPACE);
    if (path.length > MAX_DEPTH) throw new Broken(at, 'it is nested too deeply');
    visit(path, at);
    if (text[at] === '[') {
      list(']', (index) => {
        path.push(index);
        value();
        path.pop();
      });
    } else if (text[at] === '{') {
      list('}', () => {
        const key = string('a name in quotes');
        match(SPACE);
        if (text[at] !== ':') fail('":"');
        at++;
        path.push(key);
        value();
        path.pop();
      });
    } else if (text[at] === '"') string('a text');
    else if (match(NUMBER) === null && match(WORD) === null) fail('a value');
  };

  value();
  match(SPACE);
  if (whole && at < text.length) fail('the end of the file');
}

function placeAt(text: string, offset: number): Place {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: offset - start + 1 };
}

/** Offset of a field's value in the object that begins at `start`, or of the object itself. */
function fieldOffset(text: string, start: number, field: string | null): number {
  let found = start;
  walk(text, start, false, (path, offset) => {
    if (path.length === 1 && path[0] === field) found = offset;
  });
  return found;
}

export function placesIn(text: string): JsonPlaces {
  const rows: number[] = [];
  let broken: JsonPlaces['broken'] = null;
  try {
    walk(text, 0, true, (path, offset) => {
      const depth = path[0] === 'rows' ? 2 : 1;
      const row = path[depth - 1];
      if (path.length === depth && typeof row === 'number') rows[row] = offset;
    });
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken = { ...placeAt(text, error.offset), problem: error.message };
  }
  return { broken, of: (row, field) => placeAt(text, fieldOffset(text, rows[row] ?? 0, field)) };
}
