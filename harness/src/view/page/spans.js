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

  /** The markup of these queries in lanes of this height. */
  function draw(list, height) {
    const large = height >= 52;
    const tall = large ? 14 : height >= 26 ? 7 : 5;
    const depth = Math.max(1, Math.floor((height / 2 - 3) / (tall + 2)));
    const parts = [];
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
      const text =
        large && width > 44
          ? `<text x="${Marks.f(Math.max(left, 0) + 5)}" y="${Marks.f(y + 10.5)}">${Dom.escape(fitting(name, Math.min(right, Marks.width()) - Math.max(left, 0) - 18))}</text>`
          : "";
      const cross =
        ok === false
          ? `<path class="cross" d="${Marks.cross(right - 5, y + tall / 2, Math.min(3.5, tall / 2 - 0.5))}"/>`
          : "";
      parts.push(
        `<g class="query ${state}${picked}" data-n="${n}"><rect x="${Marks.f(left)}" y="${Marks.f(y)}" width="${Marks.f(width)}" height="${tall}" rx="2"/>${text}${cross}</g>`,
      );
    }
    return parts.join("");
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

  function fitting(text, pixels) {
    const letters = Math.floor(pixels / 5.9);
    if (letters < 3) return "";
    return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
  }

  return { draw, takePlaces };
})();
