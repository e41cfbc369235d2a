// Distances between ids of 256 bits, which are given as 64 hexadecimal digits.
const Ids = (() => {
  const cache = new Map();

  function parts(id) {
    let found = cache.get(id);
    if (!found) {
      found = new Uint32Array(8);
      for (let i = 0; i < 8; i++) found[i] = parseInt(id.slice(i * 8, i * 8 + 8) || "0", 16);
      cache.set(id, found);
    }
    return found;
  }

  /** The binary logarithm of the xor distance, 0 to 256; -1 for the same id. */
  function distance(a, b) {
    const x = parts(a),
      y = parts(b);
    for (let i = 0; i < 8; i++) {
      const high = (x[i] ^ y[i]) >>> 0;
      if (high !== 0) {
        const low = i < 7 ? (x[i + 1] ^ y[i + 1]) >>> 0 : 0;
        return 32 * (7 - i) + Math.log2(high + low / 4294967296);
      }
    }
    return -1;
  }

  /** Whether `a` is closer to `key` than `b`: negative if so. */
  function compare(key, a, b) {
    const k = parts(key),
      x = parts(a),
      y = parts(b);
    for (let i = 0; i < 8; i++) {
      const d = ((k[i] ^ x[i]) >>> 0) - ((k[i] ^ y[i]) >>> 0);
      if (d !== 0) return d;
    }
    return 0;
  }

  /** The place of an id on the ring, 0 to 1. */
  const turn = (id) => parts(id)[0] / 4294967296;

  return { distance, compare, turn };
})();
