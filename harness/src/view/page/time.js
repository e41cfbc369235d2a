// Writes and reads virtual time, which is nanoseconds since the start of the run, and
// chooses the ticks of a time axis.
const Time = (() => {
  const US = 1e3,
    MS = 1e6,
    S = 1e9,
    MIN = 60 * S,
    H = 60 * MIN;
  const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

  /** A moment or duration as reports write it: `20ms`, `62.5s`. `digits` after the point. */
  function words(ns, digits = 3) {
    if (ns === null) return "–";
    const sign = ns < 0 ? "−" : "";
    const n = Math.abs(ns);
    if (n === 0) return "0s";
    if (n < US) return `${sign}${n}ns`;
    if (n < MS) return `${sign}${trim((n / US).toFixed(digits))}µs`;
    if (n < S) return `${sign}${trim((n / MS).toFixed(digits))}ms`;
    return `${sign}${trim((n / S).toFixed(digits))}s`;
  }

  /** A duration with its sign: `+20ms`. */
  const signed = (ns) => (ns < 0 ? words(ns) : `+${words(ns)}`);

  /** A moment as reports write that of an event, always as precise: `62.345000000s`. */
  const clock = (ns) => `${Math.floor(ns / S)}.${String(ns % S).padStart(9, "0")}s`;

  /** The whole moment, with nanoseconds. */
  const exact = (ns) => words(ns, 9);

  /** Reads `1.5s`, `20ms`, `1 min 2 s` or a bare number of seconds; null if it is none. */
  function parse(text) {
    const units = { ns: 1, us: US, µs: US, ms: MS, s: S, m: MIN, min: MIN, h: H };
    const clean = text.trim().toLowerCase();
    if (/^\d+(\.\d+)?$/.test(clean)) return Math.round(Number(clean) * S);
    if (!/^(\d+(\.\d+)?\s*(ns|us|µs|ms|min|m|s|h)\s*)+$/.test(clean)) return null;
    let sum = 0;
    for (const part of clean.matchAll(/(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|min|m|s|h)/g)) {
      sum += Number(part[1]) * units[part[2]];
    }
    return Math.round(sum);
  }

  function step(span, count) {
    const raw = span / count;
    if (raw < S) {
      const power = Math.pow(10, Math.floor(Math.log10(Math.max(raw, 1))));
      const factor = [1, 2, 5, 10].find((f) => f * power >= raw);
      return Math.max(1, factor * power);
    }
    const steps = [1, 2, 5, 10, 15, 30]
      .map((n) => n * S)
      .concat([1, 2, 5, 10, 15, 30].map((n) => n * MIN))
      .concat([1, 2, 3, 6, 12, 24].map((n) => n * H));
    return steps.find((s) => s >= raw) || Math.ceil(raw / (24 * H)) * 24 * H;
  }

  /** The ticks between two moments, about `count` of them: `{ base, ticks: [{at, label}] }`.
   * Where the labels would be long they are relative to `base`, which is null otherwise. */
  function ticks(from, to, count) {
    const by = step(to - from, count);
    const first = Math.ceil(from / by) * by;
    const relative = by < 100 * MS && first > 1000 * by && first >= S;
    const base = relative ? first : null;
    const list = [];
    for (let at = first; at <= to && list.length < 400; at += by) {
      const label = relative ? (at === first ? "+0" : `+${words(at - first)}`) : words(at);
      list.push({ at, label });
    }
    return { base, ticks: list };
  }

  return { words, signed, clock, exact, parse, ticks };
})();
