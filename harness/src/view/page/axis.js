// The time axis: where each moment lies. Long times in which nothing happens can be squeezed,
// so that a run of an hour with a second of work shows the work.
const Axis = (() => {
  const { end } = Model;
  /** A time without events is long if it is this part of the run, */
  const LONG = 1 / 12;
  /** and so many times as long as most. */
  const UNUSUAL = 4;
  let squeezed = false;

  /** The moments at which something happens, in their order. */
  function moments() {
    const all = [0, end];
    for (const n of Model.bySent) {
      const m = Model.message(n);
      all.push(m.sent, m.lost || m.open ? m.sent : m.arrived);
    }
    for (const c of Model.connections) all.push(c.dialled, c.accepted, c.up, ...c.down);
    for (const q of Model.queries) all.push(q.from, q.to, ...q.steps.map((s) => s.at));
    for (const f of Model.faults) all.push(f.from, f.to, f.first_effect);
    for (const h of Model.hosts) for (const l of h.lives) all.push(l.from, l.closing, l.to);
    for (const s of Model.stores) all.push(s.from, s.to);
    for (const thing of [...Model.steps, ...Model.checks]) all.push(thing.at);
    for (const line of Model.log) all.push(line[0]);
    for (const l of Doc.left_out) all.push(l.from, l.to);
    return Float64Array.from(all.filter((at) => at !== null && at >= 0 && at <= end)).sort();
  }

  // Pieces of the run, from `at` on and from `place` on, with `speed` places a nanosecond.
  const pieces = [];
  const gaps = [];
  {
    const all = moments();
    const steps = Float64Array.from(all.subarray(1), (at, i) => at - all[i]).filter((s) => s > 0);
    const usual = steps.sort()[steps.length >> 1] ?? 0;
    const long = Math.max(end * LONG, usual * UNUSUAL);
    let idle = 0;
    for (let i = 1; i < all.length; i++) {
      if (all[i] - all[i - 1] <= long) continue;
      gaps.push({ from: all[i - 1], to: all[i] });
      idle += all[i] - all[i - 1];
    }
    const busy = Math.max(end - idle, end / 1000);
    const room = Math.min(busy * 0.07, busy / Math.max(gaps.length, 1));
    let at = 0,
      place = 0;
    for (const gap of gaps) {
      pieces.push({ at, place, speed: 1 });
      place += gap.from - at;
      pieces.push({ at: gap.from, place, speed: room / (gap.to - gap.from) });
      place += room;
      at = gap.to;
    }
    pieces.push({ at, place, speed: 1 });
  }
  const lastPiece = pieces.at(-1);
  const total = lastPiece.place + end - lastPiece.at;
  /** Whether squeezing shows much more: most of the run is idle. */
  const useful = total < end / 2;

  const find = (key, value) =>
    pieces[Math.max(0, Dom.firstIndex(pieces.length, (i) => pieces[i][key] > value) - 1)];
  /** The place of a moment on the axis. */
  function place(at) {
    if (!squeezed) return at;
    const piece = find("at", at);
    return piece.place + (at - piece.at) * piece.speed;
  }
  /** The moment at a place of the axis. */
  function moment(where) {
    if (!squeezed) return where;
    const piece = find("place", where);
    return piece.at + (where - piece.place) / piece.speed;
  }
  const length = () => (squeezed ? total : end);
  /** Where a moment lies between two others: 0 to 1. */
  function share(at, from, to) {
    const first = place(from);
    return (place(at) - first) / (place(to) - first);
  }

  /** The squeezed times between two moments. */
  const gapsIn = (from, to) =>
    squeezed ? gaps.filter((gap) => gap.to > from && gap.from < to) : [];

  /** The ticks between two moments on so many pixels: `{ base, ticks }`, see `Time.ticks`. */
  function ticks(from, to, width) {
    const inside = gapsIn(from, to);
    if (!inside.length) return Time.ticks(from, to, Math.max(2, width / 110));
    const x = (at) => share(at, from, to) * width;
    const wanted = [];
    let start = from;
    for (const gap of [...inside, { from: to, to }]) {
      if (gap.from >= start) {
        const room = x(gap.from) - x(start);
        if (start > from) wanted.push({ at: start, first: true });
        if (room > 130) wanted.push(...Time.ticks(start, gap.from, room / 110).ticks);
      }
      start = gap.to;
    }
    const kept = [];
    for (const tick of [...wanted.filter((t) => t.first), ...wanted.filter((t) => !t.first)]) {
      const label = Time.words(tick.at);
      const here = x(tick.at),
        wide = label.length * 6 + 10;
      if (kept.every((other) => Math.abs(other.here - here) > (wide + other.wide) / 2))
        kept.push({ at: tick.at, label, here, wide });
    }
    return { base: null, ticks: kept.sort((a, b) => a.at - b.at) };
  }

  const use = (on) => {
    squeezed = on && gaps.length > 0;
  };

  return { place, moment, length, share, gapsIn, ticks, use, useful, possible: gaps.length > 0 };
})();
