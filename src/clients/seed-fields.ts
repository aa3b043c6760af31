// What makes one row of a seed right: the table's own bounds, varchar(255) and numeric(10,2). Collects rows and faults
// for seed-csv.ts and seed-json.ts.

export interface SeedFault {
  file: string;
  /** From 1. */
  line: number;
  /** From 1: the field's number in a CSV line, the character in a JSON line; null when the whole line is meant. */
  column: number | null;
  field: SeedField | null;
  /** One sentence with file, line and column. */
  message: string;
}

export interface SeedPlace {
  line: number;
  column: number | null;
}

export const SEED_FIELDS = ['org', 'amount', 'region'] as const;
export type SeedField = (typeof SEED_FIELDS)[number];

/** So many faults are listed; the rest is counted. */
export const MAX_FAULTS = 50;

const MAX_TEXT = 255;
const INTEGER_DIGITS = 8;
const DECIMALS = 2;

/** Either the value as it goes into the table, or what is wrong with it. */
type Checked = { value: string } | { fault: string };

/** Counts characters as PostgreSQL does (code points, not UTF-16 units). */
function lengthOf(text: string): number {
  return text.length <= MAX_TEXT ? text.length : [...text].length;
}

export function checkText(field: SeedField, value: string): Checked {
  if (value.trim() === '') return { fault: `${field} is missing` };
  if (lengthOf(value) > MAX_TEXT) {
    return { fault: `${field} has ${lengthOf(value)} characters; the table holds ${MAX_TEXT}` };
  }
  if (value.includes('\0')) return { fault: `${field} holds a NUL character, which PostgreSQL cannot store` };
  if (!value.isWellFormed()) return { fault: `${field} holds half of a surrogate pair` };
  return { value };
}

/** What a fault shows of a value. */
function quoted(value: string): string {
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return JSON.stringify(shown);
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** An amount as numeric(10,2) holds it: at most 8 digits before the point and 2 after it, none of them rounded away. */
export function checkAmount(text: string): Checked {
  const value = text.trim();
  if (value === '') return { fault: 'amount is missing' };
  const match = DECIMAL.exec(value);
  const [, sign = '', integer = '', fraction = ''] = match ?? [];
  if (match === null || integer + fraction === '') {
    return { fault: `amount ${quoted(value)} is not a number (write it like 1234.56)` };
  }
  const digits = integer.replace(/^0+/, '');
  const decimals = fraction.replace(/0+$/, '');
  if (digits.length > INTEGER_DIGITS) {
    const all = digits.length + Math.max(DECIMALS, decimals.length);
    return {
      fault: `amount ${quoted(value)} has more than 10 digits (${all} with its decimals); numeric(10,2) holds ${INTEGER_DIGITS} before the point and ${DECIMALS} after it`,
    };
  }
  if (decimals.length > DECIMALS) {
    return {
      fault: `amount ${quoted(value)} has ${decimals.length} decimals; numeric(10,2) holds ${DECIMALS}`,
    };
  }
  const plain = `${digits === '' ? '0' : digits}.${decimals.padEnd(DECIMALS, '0')}`;
  return { value: sign === '-' && plain !== '0.00' ? `-${plain}` : plain };
}

/** Takes rows and faults in the order of the file. */
export class SeedCollector {
  readonly org: string[] = [];
  readonly amount: string[] = [];
  readonly region: string[] = [];
  readonly #file: string;
  readonly #maxRows: number;
  readonly #faults: SeedFault[] = [];
  #more = 0;
  #tooMany = false;

  constructor(file: string, maxRows: number) {
    this.#file = file;
    this.#maxRows = maxRows;
  }

  get faulty(): boolean {
    return this.#faults.length > 0;
  }

  fault(line: number, column: number | null, field: SeedField | null, problem: string): void {
    this.faultAt(() => ({ line, column }), field, problem);
  }

  /** `place` is asked only for a fault that is listed. */
  faultAt(place: () => SeedPlace, field: SeedField | null, problem: string): void {
    if (this.#faults.length >= MAX_FAULTS) {
      this.#more++;
      return;
    }
    const { line, column } = place();
    const inLine = column === null ? '' : `, column ${column}`;
    const message = `${this.#file}, line ${line}${inLine}: ${problem}.`;
    this.#faults.push({ file: this.#file, line, column, field, message });
  }

  /** Takes one row, or its faults; `place` says where a field stands. */
  row(values: Record<SeedField, string>, place: (field: SeedField) => SeedPlace): void {
    const org = checkText('org', values.org);
    const amount = checkAmount(values.amount);
    const region = checkText('region', values.region);
    if ('value' in org && 'value' in amount && 'value' in region) {
      if (this.org.length < this.#maxRows) {
        this.org.push(org.value);
        this.amount.push(amount.value);
        this.region.push(region.value);
      } else if (!this.#tooMany) {
        this.#tooMany = true;
        const problem = `a seed may have ${this.#maxRows.toLocaleString('en')} rows`;
        this.fault(place('org').line, null, null, problem);
      }
      return;
    }
    const checked = { org, amount, region };
    for (const field of SEED_FIELDS) {
      const result = checked[field];
      if ('fault' in result) this.faultAt(() => place(field), field, result.fault);
    }
  }

  summary(): { faults: SeedFault[]; more: number } {
    return { faults: this.#faults, more: this.#more };
  }
}
