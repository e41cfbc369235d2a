// What lies behind the lanes: faults, idle times, times of which messages are left out, ticks.
const Bands = (() => {
  const { f } = Marks;

  /** How long a fault is in force: to its healing, or to the end of the run. */
  const faultEnd = (fault) => Model.endOf(fault);

  function box(from, to) {
    const left = Marks.edge(Marks.x(from)),
      right = Marks.edge(Marks.x(to));
    return right < -19 || left > Marks.width() + 19
      ? null
      : { left, width: Math.max(1, right - left) };
  }

  /** Faults over the lanes of their hosts. */
  function faults(laid) {
    if (!State.state.layers.faults) return "";
    return Model.faults
      .map((fault, n) => {
        const there = box(fault.from, faultEnd(fault));
        if (!there) return "";
        const all = !fault.hosts.length;
        const rows = all
          ? [{ top: 0, height: laid.total }]
          : [...new Set(fault.hosts.map((h) => Lanes.row(h)).filter(Boolean))];
        const picked = State.isPicked("fault", n) ? " selected" : "";
        const rects = rows
          .map(
            (row) =>
              `<rect x="${f(there.left)}" y="${row.top}" width="${f(there.width)}" height="${row.height}"/>`,
          )
          .join("");
        return `<g class="fault${picked}" data-n="${n}">${rects}</g>`;
      })
      .join("");
  }

  /** Times of which something is left out of the document. */
  function leftOut(laid) {
    if (!State.state.layers.left) return "";
    return Doc.left_out
      .map((left, n) => {
        const there = box(left.from, left.to);
        if (!there) return "";
        const words = `${Dom.number(left.count)} ${left.what} left out`;
        const start = Math.max(there.left, 0);
        const room = Math.min(there.left + there.width, Marks.width()) - start;
        const text =
          room > words.length * 6 + 12
            ? `<text class="halo" x="${f(start + room / 2)}" y="${13 * (n + 1)}" text-anchor="middle">${Dom.escape(words)}</text>`
            : "";
        return `<g class="left-out"><rect x="${f(there.left)}" y="0" width="${f(there.width)}" height="${laid.total}" fill="url(#hatch)"/>${text}</g>`;
      })
      .join("");
  }

  /** Squeezed times. */
  function idle(laid) {
    const { from, to } = State.state;
    return Axis.gapsIn(from, to)
      .map((gap) => {
        const there = box(gap.from, gap.to);
        if (!there) return "";
        return `<rect class="idle" x="${f(there.left)}" y="0" width="${f(there.width)}" height="${laid.total}"/>`;
      })
      .join("");
  }

  /** How many of these lines cross a box. */
  const crossings = (lines, left, right, top, bottom) =>
    lines.filter((line) => {
      const at = (x) => line.y1 + ((line.y2 - line.y1) * (x - line.x1)) / (line.x2 - line.x1 || 1);
      if (line.x2 < left || line.x1 > right) return false;
      const ys = [at(Math.max(left, line.x1)), at(Math.min(right, line.x2))];
      return Math.min(...ys) < bottom && Math.max(...ys) > top;
    }).length;

  /** How long the squeezed times are, written between two lanes, where no life and the fewest of
   *  these lines cross the words. */
  function idleWords(laid, lines, free) {
    const { from, to } = State.state;
    const lanes = laid.rows.slice(1).map((row) => row.top);
    return Axis.gapsIn(from, to)
      .map((gap) => {
        const there = box(gap.from, gap.to);
        if (!there || there.width < 14) return "";
        // Low lanes have room for the time alone.
        const words = `${Time.words(gap.to - gap.from, 1)}${laid.height < 80 ? "" : " idle"}`;
        const middle = there.left + there.width / 2;
        const half = words.length * 3.1 + 3;
        const places = lanes.filter((y) => y - half > 0 && y + half < laid.total).slice(0, 60);
        const costs = places.map((y) => crossings(lines, middle - 6, middle + 6, y - half, y + half));
        const order = [...places.keys()].sort((a, b) => costs[a] - costs[b]);
        const best = order.find((i) => free(middle - 7, places[i] - half, 14, 2 * half));
        const y = places[best] ?? places[order[0]] ?? laid.total / 2;
        const place = `translate(${f(middle + 3.5)} ${f(y)}) rotate(-90)`;
        return `<text class="halo idle-words" transform="${place}" text-anchor="middle">${Dom.escape(words)}</text>`;
      })
      .join("");
  }

  /** Vertical lines at the ticks. */
  const grid = (ticks, height) =>
    `<path class="grid" d="${ticks.map((tick) => `M${f(Marks.x(tick.at))} 0V${height}`).join("")}"/>`;

  return { faults, leftOut, idle, idleWords, grid, faultEnd, box };
})();
