// Queries as spans above the middle of the lane of their host.
const Spans = (() => {
  let rows = null;

  /** The row of each query of a host, such that no two overlap. */
  function stacked() {
    if (rows) return rows;
    rows = Model.queries.map(() => 0);
    for (const own of Model.queriesOfHost) {
      const ends = [];
      for (const n of own.slice().sort((a, b) => Model.queries[a].from - Model.queries[b].from)) {
        const q = Model.queries[n];
        let row = ends.findIndex((end) => end < q.from);
        if (row < 0) row = ends.length;
        ends[row] = Model.endOf(q);
        rows[n] = row;
      }
    }
    return rows;
  }

  /** The markup of these queries in lanes of this height, and that of their names, which lie over
   *  what is drawn next. The name of one that is too short for it stands above it where `free` has
   *  a place. */
  function draw(list, height, free) {
    const large = height >= 52;
    const tall = large ? 14 : height >= 26 ? 7 : 5;
    const depth = Math.max(1, Math.floor((height / 2 - 3) / (tall + 2)));
    const parts = [];
    const names = [];
    for (const n of list) {
      const q = Model.queries[n];
      const row = Lanes.row(q.host);
      const level = Math.min(stacked()[n], depth - 1);
      const y = row.middle - 3 - (level + 1) * (tall + 2) + 2;
      const ok = Model.queryOk(q);
      const last = ok === null ? Model.end : q.to;
      const left = Marks.edge(Marks.x(q.from)),
        right = Marks.edge(Marks.x(last));
      const width = Math.max(2, right - left);
      const state = ok === null ? "open" : ok ? "ok" : "failed";
      const picked = State.isPicked("query", n) ? " selected" : "";
      // It began before its first report.
      const name = `${q.first_report ? "… " : ""}${Describe.queryName(q)}`;
      if (large) names.push(label(name, Math.max(left, 0), Math.min(right, Marks.width()), y, row.top, free));
      const cross =
        ok === false
          ? `<path class="cross" d="${Marks.cross(right - 5, y + tall / 2, Math.min(3.5, tall / 2 - 0.5))}"/>`
          : "";
      parts.push(
        `<g class="query ${state}${picked}" data-n="${n}"><rect x="${Marks.f(left)}" y="${Marks.f(y)}" width="${Marks.f(width)}" height="${tall}" rx="2"/>${cross}</g>`,
      );
    }
    return { marks: parts.join(""), names: names.join("") };
  }

  /** Takes the places of these queries in lanes of this height, which no label may cover. */
  function takePlaces(list, height, free) {
    const tall = height >= 52 ? 14 : height >= 26 ? 7 : 5;
    const depth = Math.max(1, Math.floor((height / 2 - 3) / (tall + 2)));
    for (const n of list) {
      const q = Model.queries[n];
      const level = Math.min(stacked()[n], depth - 1);
      const left = Marks.x(q.from);
      free.take(left, Lanes.row(q.host).middle - 1 - (level + 1) * (tall + 2), Marks.x(Model.endOf(q)) - left, tall);
    }
  }

  /** The name of a query in its span, or above it. */
  function label(name, left, right, y, top, free) {
    const text = (words, x, at, className) =>
      `<text class="query-name${className}" x="${Marks.f(x)}" y="${Marks.f(at)}">${Dom.escape(words)}</text>`;
    const fitting = Marks.fitting(name, right - left - 18);
    if (fitting !== name && right > 0 && left < Marks.width()) {
      const wide = Marks.wide(name);
      const x = Dom.clamp(left, 2, Marks.width() - wide - 2);
      if (y - 13 >= top && free(x, y - 13, wide, 12)) return text(name, x, y - 4, " halo");
    }
    return right - left > 44 ? text(fitting, left + 5, y + 10.5, "") : "";
  }

  return { draw, takePlaces };
})();
