// Building blocks of the wire grammars: each type knows how to read and to write itself in any version. The files in
// apis/ put them together; `since`, `between` and `tagged` say in which versions a field is on the wire.
import { ProtocolFault, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface Type<R, W = R> {
  read(from: Reader): R;
  write(to: Writer, value: W): void;
}

/** A field with a value to take where the version does not carry it or the writer does not name it. */
export interface Field<R, W = R> extends Type<R, W> {
  readonly from: number;
  readonly to: number;
  readonly tag: number | null;
  readonly fallback: R;
}

export type ReadOf<T> = T extends { read(from: Reader): infer R } ? R : never;
export type WriteOf<T> = T extends { write(to: Writer, value: infer W): void } ? W : never;

type Fields = Record<string, Type<unknown, never> | Field<unknown, never>>;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends Field<unknown, never> ? K : never }[keyof F];
type ReadStruct<F> = { [K in keyof F]: ReadOf<F[K]> };
type WriteStruct<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: WriteOf<F[K]> } & {
  [K in OptionalKeys<F>]?: WriteOf<F[K]>;
};

export const bool: Type<boolean> = { read: (r) => r.bool(), write: (w, v) => w.bool(v) };
export const int8: Type<number> = { read: (r) => r.int8(), write: (w, v) => w.int8(v) };
export const int16: Type<number> = { read: (r) => r.int16(), write: (w, v) => w.int16(v) };
export const uint16: Type<number> = { read: (r) => r.uint16(), write: (w, v) => w.uint16(v) };
export const int32: Type<number> = { read: (r) => r.int32(), write: (w, v) => w.int32(v) };
export const int64: Type<number> = { read: (r) => r.int64(), write: (w, v) => w.int64(v) };
export const float64: Type<number> = { read: (r) => r.float64(), write: (w, v) => w.float64(v) };
/** As 32 hexadecimal digits. */
export const uuid: Type<string> = { read: (r) => r.uuid(), write: (w, v) => w.uuid(v) };
export const ZERO_UUID = '0'.repeat(32);

interface Nullable<R, W> extends Type<R, W> {
  readonly nullable: Type<R | null, W | null>;
}

export const string: Nullable<string, string> = {
  read: (r) => r.string(),
  write: (w, v) => w.string(v),
  nullable: { read: (r) => r.nullableString(), write: (w, v) => w.string(v) },
};

export const bytes: Nullable<Buffer, Buffer> = {
  read: (r) => {
    const value = r.nullableBytes();
    if (value === null) throw new ProtocolFault(`Null where bytes are due, at ${r.position}`);
    return value;
  },
  write: (w, v) => w.bytes(v),
  nullable: { read: (r) => r.nullableBytes(), write: (w, v) => w.bytes(v) },
};

export function array<R, W>(element: Type<R, W>): Nullable<R[], readonly W[]> {
  const read = (r: Reader): R[] | null => {
    const length = r.arrayLength();
    if (length < 0) return null;
    const values: R[] = [];
    for (let index = 0; index < length; index += 1) values.push(element.read(r));
    return values;
  };
  const write = (w: Writer, values: readonly W[]) => {
    w.arrayLength(values.length);
    for (const value of values) element.write(w, value);
  };
  return {
    read(r) {
      const values = read(r);
      if (values === null) throw new ProtocolFault(`Null where an array is due, at ${r.position}`);
      return values;
    },
    write,
    nullable: {
      read,
      write: (w, values) => {
        if (values === null) w.arrayLength(-1);
        else write(w, values);
      },
    },
  };
}

export function nullable<R, W>(type: Nullable<R, W>): Type<R | null, W | null> {
  return type.nullable;
}

export function between<R, W>(from: number, to: number, type: Type<R, W>, fallback: R): Field<R, W> {
  return { ...type, from, to, tag: null, fallback };
}

export function since<R, W>(from: number, type: Type<R, W>, fallback: R): Field<R, W> {
  return between(from, Number.MAX_SAFE_INTEGER, type, fallback);
}

/** A tagged field (KIP-482): written only where the writer names it. */
export function tagged<R, W>(tag: number, from: number, type: Type<R, W>, fallback: R): Field<R, W> {
  return { ...type, from, to: Number.MAX_SAFE_INTEGER, tag, fallback };
}

interface AnyField {
  name: string;
  type: Type<unknown, unknown>;
  from: number;
  to: number;
  tag: number | null;
  fallback: unknown;
}

export function struct<F extends Fields>(fields: F): Type<ReadStruct<F>, WriteStruct<F>> {
  const all: AnyField[] = Object.entries(fields).map(([name, field]) => ({
    name,
    type: field as Type<unknown, unknown>,
    from: 'from' in field ? field.from : 0,
    to: 'to' in field ? field.to : Number.MAX_SAFE_INTEGER,
    tag: 'tag' in field ? field.tag : null,
    fallback: 'fallback' in field ? field.fallback : undefined,
  }));
  const plain = all.filter((field) => field.tag === null);
  const tags = all.filter((field) => field.tag !== null);

  return {
    read(r) {
      const value: Record<string, unknown> = {};
      for (const field of plain) {
        const present = r.version >= field.from && r.version <= field.to;
        value[field.name] = present ? field.type.read(r) : field.fallback;
      }
      for (const field of tags) value[field.name] = field.fallback;
      if (r.flexible) {
        r.tags((tag) => {
          const field = tags.find((known) => known.tag === tag && r.version >= known.from);
          if (field !== undefined) value[field.name] = field.type.read(r);
        });
      }
      return value as ReadStruct<F>;
    },
    write(w, given) {
      const value = given as Record<string, unknown>;
      for (const field of plain) {
        if (w.version < field.from || w.version > field.to) continue;
        const own = value[field.name];
        field.type.write(w, own === undefined ? field.fallback : own);
      }
      if (!w.flexible) return;
      const named = tags.filter((field) => w.version >= field.from && value[field.name] !== undefined);
      w.uvarint(named.length);
      for (const field of named) {
        const inner = new Writer();
        inner.version = w.version;
        inner.flexible = true;
        field.type.write(inner, value[field.name]);
        const body = inner.toBuffer();
        w.uvarint(field.tag ?? 0);
        w.uvarint(body.length);
        w.raw(body);
      }
    },
  };
}
