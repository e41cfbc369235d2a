// The walk of a query towards its key: distance over time, who was waited for, and where it
// ended, beside the true closest hosts.
const Walk = (() => {
  const { f } = Marks;
  const LEFT = 46,
    RIGHT = 92,
    TOP = 14,
    BOTTOM = 24;

  /** The requests of a query: to whom, from when to when, and whether it was answered. */
  function requests(n) {
    const q = Model.queries[n];
    const last = Model.endOf(q);
    return Model.requestsOf(n).map((i) => {
      const m = Model.message(i);
      const a = Model.answer(i);
      const answer = a >= 0 ? Model.message(a) : null;
      const answered = answer !== null && !answer.lost;
      return {
        n: i,
        host: m.to,
        from: m.sent,
        to: answered ? answer.arrived : Math.max(last, m.sent),
        answered,
        late: answered && answer.arrived > last,
        named: answer ? answer.named : 0,
      };
    });
  }

  /** The picture of the walk of query `n` with these requests. */
  function chart(n, list, key, width) {
    const q = Model.queries[n];
    const { cursor } = State.state;
    const height = 280;
    const start = q.from;
    const last = Model.endOf(q);
    const stop = Math.max(
      last,
      start + 1,
      ...list.filter((r) => r.answered).map((r) => Math.min(r.to, last + (last - start) * 0.1)),
    );
    const distance = (id) => Ids.distance(id, key.id);
    const truth = q.truth.filter((h) => Model.hosts[h]);
    const found = q.found.map(Model.peer).filter((p) => p.id);
    const all = [
      ...list.map((r) => Model.hosts[r.host].id),
      ...truth.map((h) => Model.hosts[h].id),
      ...found.map((p) => p.id),
      Model.hosts[q.host].id,
    ]
      .map(distance)
      .filter((d) => d >= 0);
    if (!all.length) return "";
    const high = Math.min(256, Math.ceil(Math.max(...all) + 0.2)),
      low = Math.floor(Math.min(...all) - 0.4);
    const inner = width - LEFT - RIGHT;
    const x = (at) => LEFT + Dom.clamp((at - start) / (stop - start), 0, 1) * inner;
    const y = (d) => TOP + ((high - Math.max(d, low)) / (high - low)) * (height - TOP - BOTTOM);
    const by = Math.max(1, Math.ceil((high - low) / 7));
    let grid = "";
    for (let d = high; d >= low; d -= by)
      grid += `<path class="grid" d="M${LEFT} ${f(y(d))}H${f(LEFT + inner)}"/><text x="${LEFT - 5}" y="${f(y(d) + 4)}" text-anchor="end">2^${d}</text>`;
    for (const tick of Time.ticks(0, stop - start, Math.max(2, inner / 90)).ticks) {
      grid += `<path class="grid" d="M${f(x(start + tick.at))} ${TOP}V${height - BOTTOM}"/><text x="${f(x(start + tick.at))}" y="${height - 8}" text-anchor="middle">${tick.at ? "+" : ""}${Dom.escape(tick.label)}</text>`;
    }
    const steps = q.steps
      .map(
        (s) =>
          `<path class="progress${s.ok ? "" : " failed"}" d="M${f(x(s.at))} ${TOP}V${height - BOTTOM}"><title>${Dom.escape(s.says)}</title></path>`,
      )
      .join("");
    const bars = list
      .map((r) => {
        const py = y(distance(Model.hosts[r.host].id));
        const a = x(r.from),
          b = x(r.to);
        const end = r.answered
          ? `<circle class="answered" cx="${f(b)}" cy="${f(py)}" r="4"/>`
          : `<path class="silent" d="${Marks.cross(b, py, 4)}"/>`;
        const text = `${Describe.host(r.host)}: asked ${Time.words(r.from - start)} after the begin, ${r.answered ? `answered after ${Time.words(r.to - r.from)}` : "never answered"}`;
        return `<g class="request ${r.answered ? "ok" : "failed"}" data-pick="message:${r.n}" data-at="${r.from}"><title>${Dom.escape(text)}</title><path class="wait" d="M${f(a)} ${f(py)}H${f(b)}"/><path class="asked" d="M${f(a)} ${f(py - 4)}v8"/>${end}</g>`;
      })
      .join("");
    let best = Infinity;
    const way = list
      .filter((r) => r.answered)
      .sort((a, b) => a.to - b.to)
      .filter((r) => {
        const d = distance(Model.hosts[r.host].id);
        if (d >= best) return false;
        best = d;
        return true;
      })
      .map((r) => `${f(x(r.to))} ${f(y(distance(Model.hosts[r.host].id)))}`);
    const line = way.length > 1 ? `<path class="closest" d="M${way.join("L")}"/>` : "";
    const free = Marks.places();
    const right = LEFT + inner + 14;
    const foundHosts = new Set(found.map((p) => p.host));
    const marks = truth
      .map((h, rank) => {
        const py = y(distance(Model.hosts[h].id));
        const hit = foundHosts.has(h);
        const text = `${hit ? "✓" : "✕"} ${Model.hosts[h].name}`;
        const label = free(right + 8, py - 6, 70, 12)
          ? `<text x="${right + 9}" y="${f(py + 4)}">${Dom.escape(text.slice(0, 13))}</text>`
          : "";
        return `<g class="truth ${hit ? "hit" : "missed"}" data-pick="host:${h}"><title>${Dom.escape(`number ${rank + 1} of the true closest: ${Model.hosts[h].name}, ${hit ? "found" : "not found"}`)}</title><path d="${Marks.diamond(right, py, 4)}"/>${label}</g>`;
      })
      .join("");
    const rest = found
      .filter((p) => !truth.includes(p.host))
      .map(
        (p) =>
          `<path class="found" d="${Marks.shape(1, right - 9, y(distance(p.id)), 3)}"><title>found: ${Dom.escape(p.name)}</title></path>`,
      )
      .join("");
    const now =
      cursor >= start && cursor <= stop
        ? `<path class="cursor" d="M${f(x(cursor))} 4V${height - BOTTOM}"/>`
        : "";
    const key2 = [
      [
        '<path class="wait" d="M2 7h10"/><circle class="answered" cx="13" cy="7" r="4"/>',
        "answered",
        "request ok",
      ],
      [
        `<path class="wait" d="M2 7h10"/><path class="silent" d="${Marks.cross(13, 7, 4)}"/>`,
        "never answered",
        "request failed",
      ],
      ['<path class="closest" d="M1 2L9 7L17 12"/>', "the closest so far", ""],
      [`<path d="${Marks.diamond(9, 7, 4)}"/>`, "true closest, found", "truth hit"],
      [`<path d="${Marks.diamond(9, 7, 4)}"/>`, "true closest, missed", "truth missed"],
      [
        `<path class="found" d="${Marks.shape(1, 9, 7, 3)}"/>`,
        "found, not among the true closest",
        "",
      ],
    ]
      .map(
        ([inner2, text, name]) =>
          `<span>${Marks.icon(`<g class="${name}">${inner2}</g>`)}${text}</span>`,
      )
      .join("");
    return (
      `<div class="legend">${key2}</div><svg id="walk" role="img" aria-label="walk of the query by distance and time" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">` +
      `${grid}${steps}${now}${bars}${line}${rest}${marks}<text class="axis-name" x="${LEFT + 4}" y="${TOP - 3}">distance to the key</text></svg>`
    );
  }

  return { requests, chart };
})();
