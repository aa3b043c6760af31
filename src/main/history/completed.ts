// Brings data that an older LiveDB wrote into the form of today's schema: fields that it did not know are empty, those
// that are no longer known are left out. Used for moments, which hold the whole snapshot of their time.
import { z } from 'zod';

type Schema = z.core.$ZodType;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands there, or what stands for "not recorded". The schema decides afterwards whether it is right. */
export function completed(schema: Schema, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return value === undefined ? undefined : completed(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodNullable) {
    return value === undefined || value === null ? null : completed(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodObject) {
    const known = isObject(value) ? value : {};
    const fields = Object.entries(schema.shape as Record<string, Schema>).map(
      ([key, field]) => [key, completed(field, known[key])] as const,
    );
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
  }
  if (schema instanceof z.ZodArray) {
    return Array.isArray(value) ? value.map((item) => completed(schema.element, item)) : [];
  }
  if (schema instanceof z.ZodRecord) {
    const known = isObject(value) ? value : {};
    return Object.fromEntries(
      Object.entries(known).map(([key, item]) => [key, completed(schema.valueType, item)]),
    );
  }
  if (schema instanceof z.ZodUnion) return completedUnion(schema.options, value);
  if (value !== undefined) return value;
  if (schema instanceof z.ZodString) return '';
  if (schema instanceof z.ZodNumber) return Math.max(0, schema.minValue ?? 0);
  if (schema instanceof z.ZodBoolean) return false;
  if (schema instanceof z.ZodEnum) return schema.options[0];
  return undefined;
}

/** The member that takes the value as it is, or once completed; the first one for nothing. */
function completedUnion(options: readonly Schema[], value: unknown): unknown {
  if (value === undefined) return options[0] === undefined ? undefined : completed(options[0], undefined);
  for (const option of options) if (z.safeParse(option, value).success) return value;
  for (const option of options) {
    const whole = completed(option, value);
    if (z.safeParse(option, whole).success) return whole;
  }
  return value;
}

/** `written` with what it lacks taken from `defaults`; lists are taken whole. */
export function withDefaults(defaults: unknown, written: unknown): unknown {
  if (written === undefined) return defaults;
  if (!isObject(defaults) || !isObject(written)) return written;
  const keys = [...new Set([...Object.keys(defaults), ...Object.keys(written)])];
  return Object.fromEntries(keys.map((key) => [key, withDefaults(defaults[key], written[key])]));
}
