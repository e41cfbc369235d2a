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
      .map((left) => {
        const there = box(left.from, left.to);
        if (!there) return "";
        const words = `${Dom.number(left.count)} ${left.what} left out`;
        const start = Math.max(there.left, 0);
        const room = Math.min(there.left + there.width, Marks.width()) - start;
        const text =
          room > words.length * 6 + 12
            ? `<text class="halo" x="${f(start + room / 2)}" y="13" text-anchor="middle">${Dom.escape(words)}</text>`
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

  /** How long the squeezed times are, written between two lanes, where no life crosses it. */
  function idleWords(laid) {
    const { from, to } = State.state;
    const row = laid.rows[Math.floor(laid.rows.length / 2)];
    const y = Math.max(row ? row.top : 0, 60);
    return Axis.gapsIn(from, to)
      .map((gap) => {
        const there = box(gap.from, gap.to);
        if (!there || there.width < 14) return "";
        const words = `${Time.words(gap.to - gap.from, 1)} idle`;
        const place = `translate(${f(there.left + there.width / 2 + 3.5)} ${f(y)}) rotate(-90)`;
        return `<text class="halo idle-words" transform="${place}" text-anchor="middle">${Dom.escape(words)}</text>`;
      })
      .join("");
  }

  /** Vertical lines at the ticks. */
  const grid = (ticks, height) =>
    `<path class="grid" d="${ticks.map((tick) => `M${f(Marks.x(tick.at))} 0V${height}`).join("")}"/>`;

  return { faults, leftOut, idle, idleWords, grid, faultEnd, box };
})();
