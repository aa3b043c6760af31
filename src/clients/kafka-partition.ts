// Which partition a key belongs to, as Java's default partitioner decides: murmur2 of the key's bytes.
// Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey.

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** murmur2 of a text of one byte per character, as a signed 32-bit integer. */
function murmur2OfBytes(key: string): number {
  const length = key.length;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word =
      key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - at;
  if (rest > 0) {
    if (rest === 3) hash ^= key.charCodeAt(at + 2) << 16;
    if (rest >= 2) hash ^= key.charCodeAt(at + 1) << 8;
    hash ^= key.charCodeAt(at);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  hash ^= hash >>> 15;
  return hash | 0;
}

/** murmur2 of a key's UTF-8 bytes, as a signed 32-bit integer. */
export function murmur2(key: string): number {
  for (let i = 0; i < key.length; i++) {
    if (key.charCodeAt(i) > 0x7f) return murmur2OfBytes(Buffer.from(key, 'utf8').toString('latin1'));
  }
  return murmur2OfBytes(key);
}

/** Partition of a key, a text or its bytes, among `count`. */
export function partitionOf(key: string | Uint8Array, count: number): number {
  const hash = typeof key === 'string' ? murmur2(key) : murmur2OfBytes(Buffer.from(key).toString('latin1'));
  return (hash & 0x7fffffff) % count;
}
