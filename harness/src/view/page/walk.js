// The walk of a query towards its key: distance over time, who was waited for, and where it
// ended, beside the true closest hosts.
const Walk = (() => {
  const { f } = Marks;
  const LEFT = 46,
    RIGHT = 92,
    TOP = 14,
    BOTTOM = 24,
    HEIGHT = 280;
  const FLOOR = HEIGHT - BOTTOM;

  /** The requests of a query: to which host, from when to when, and what came of each.
   *  Streams on which no request was sent are among them. `others` are the queries that may have
   *  sent it as well, where that is not known. */
  function requests(n) {
    const q = Model.queries[n];
    const last = Model.endOf(q);
    const all = [...Model.requestsOf(n), ...Model.unsureOf(n)].map((i) => [i, Model.message(i)]);
    all.sort((a, b) => a[1].sent - b[1].sent);
    return all.map(([i, m]) => {
      const a = Model.answer(i);
      const answer = a >= 0 ? Model.message(a) : null;
      const answered = answer !== null && answer.came && answer.dropped < 0;
      const sent = m.oneWay && m.came && m.dropped < 0;
      const open = m.open || (answer !== null && answer.open) || (q.to === null && !m.lost);
      return {
        n: i,
        host: m.to,
        from: m.sent,
        to: answered ? answer.arrived : sent || m.refused ? m.arrived : Math.max(last, m.sent),
        answered,
        ok: answered || sent,
        word: word(m, answer, { answered, sent, open }),
        others: m.candidates.filter((other) => other !== n),
        late: answered && answer.arrived > last,
        named: answer ? answer.named : 0,
      };
    });
  }

  /** What came of a request, in words. */
  function word(m, answer, { answered, sent, open }) {
    if (answered) return "answered";
    if (m.dropped >= 0) return `dropped by ${Describe.host(m.dropped)}`;
    if (sent) return "sent, needs no answer";
    if (m.opening) return `stream: ${Describe.stream(m)}`;
    if (answer !== null && answer.dropped >= 0)
      return `its answer is dropped by ${Describe.host(answer.dropped)}`;
    return open ? "no answer yet" : m.lost ? "lost on the way" : "never answered";
  }

  /** The dials of the query's host meanwhile that were not up before its end: it may have
   *  waited for them. */
  function failedDials(n) {
    const q = Model.queries[n];
    const last = Model.endOf(q);
    return Model.connectionsOfHost[q.host]
      .filter((i) => {
        const c = Model.connections[i];
        return (
          c.from === q.host &&
          !Model.isRelayed(c) &&
          Model.hosts[c.to] &&
          (c.up === null || c.up > last) &&
          c.dialled >= q.from &&
          c.dialled <= last
        );
      })
      .map((i) => {
        const c = Model.connections[i];
        return {
          n: i,
          host: c.to,
          from: c.dialled,
          to: Dom.clamp(c.up === null ? Model.lastOf(c) : c.up, c.dialled, last),
          others: othersAt(n, c.dialled),
        };
      });
  }

  /** The other queries of its host that ran at a moment: a dial may be of any of them. */
  function othersAt(n, at) {
    return Model.queriesOfHost[Model.queries[n].host].filter(
      (i) => i !== n && Model.queries[i].from <= at && Model.endOf(Model.queries[i]) >= at,
    );
  }

  /** Which other queries something may be of, in words. */
  const orOf = (others) =>
    others.length
      ? `, of this query or of ${others.map((i) => Describe.queryName(Model.queries[i])).join(" or ")}`
      : "";

  /** Where times and distances lie in the picture; null if nothing has a distance. */
  function scale(n, list, dials, key, width) {
    const q = Model.queries[n];
    const last = Model.endOf(q);
    const late = list
      .filter((r) => r.late)
      .map((r) => Math.min(r.to, last + (last - q.from) * 0.1));
    const start = q.from,
      stop = Math.max(last, start + 1, ...late);
    const far = (id) => Ids.distance(id, key.id);
    const ids = [...list, ...dials]
      .map((r) => Model.hosts[r.host].id)
      .concat(q.truth.filter((h) => Model.hosts[h]).map((h) => Model.hosts[h].id))
      .concat(q.found.map((p) => Model.peer(p).id).filter(Boolean), Model.hosts[q.host].id);
    const distances = ids.map(far).filter((d) => d >= 0);
    if (!distances.length) return null;
    const high = Math.min(256, Math.ceil(Math.max(...distances) + 0.2));
    const low = Math.floor(Math.min(...distances) - 0.4);
    const inner = width - LEFT - RIGHT;
    return {
      start,
      stop,
      inner,
      high,
      low,
      x: (at) => LEFT + Dom.clamp(Axis.share(at, start, stop), 0, 1) * inner,
      y: (id) => level(far(id)),
      level,
    };
    function level(d) {
      return TOP + ((high - Math.max(d, low)) / (high - low)) * (FLOOR - TOP);
    }
  }

  function grid({ start, stop, inner, high, low, x, level }) {
    let lines = "";
    const line = (d, label) =>
      `<path class="grid" d="M${LEFT} ${f(level(d))}H${f(LEFT + inner)}"/><text x="${LEFT - 5}" y="${f(level(d) + 4)}" text-anchor="end">${label}</text>`;
    const by = Math.max(1, Math.ceil((high - low) / 7));
    // The key itself has the distance 0, which has no logarithm: its line is the lowest.
    const last = low < 0 ? by / 2 : low;
    for (let d = high; d >= last; d -= by) lines += line(d, `2^${d}`);
    if (low < 0) lines += line(-1, "0");
    const gaps = Axis.gapsIn(start, stop);
    const bands = gaps.map(
      (gap) =>
        `<rect class="idle" x="${f(x(gap.from))}" y="${TOP}" width="${f(x(gap.to) - x(gap.from))}" height="${FLOOR - TOP}"/>`,
    );
    // With idle times the ticks are moments of the run, else times since the begin.
    const ticks = gaps.length
      ? Axis.ticks(start, stop, inner).ticks
      : Time.ticks(0, stop - start, Math.max(2, inner / 90)).ticks.map((t) => ({
          at: start + t.at,
          label: `+${t.label}`,
        }));
    const marks = ticks.map(
      (tick) =>
        `<path class="grid" d="M${f(x(tick.at))} ${TOP}V${FLOOR}"/><text x="${f(x(tick.at))}" y="${HEIGHT - 8}" text-anchor="middle">${Dom.escape(tick.label)}</text>`,
    );
    return bands.join("") + lines + marks.join("");
  }

  function bar(scale, r, className, pick, words, end) {
    const y = f(scale.y(Model.hosts[r.host].id));
    const a = f(scale.x(r.from));
    return (
      `<g class="${className}" data-pick="${pick}" data-at="${r.from}"><title>${Dom.escape(words)}</title>` +
      `<path class="wait" d="M${a} ${y}H${f(scale.x(r.to))}"/><path class="asked" d="M${a} ${f(y - 4)}v8"/>${end(scale.x(r.to), Number(y))}</g>`
    );
  }
  const answered = (x, y) => `<circle class="answered" cx="${f(x)}" cy="${f(y)}" r="4"/>`;
  const silent = (x, y) => `<path class="silent" d="${Marks.cross(x, y, 4)}"/>`;

  function bars(scale, list, dials) {
    const after = (at) => `${Time.words(at - scale.start)} after the begin`;
    const asked = list.map((r) => {
      const result = r.answered ? `answered after ${Time.words(r.to - r.from)}` : r.word;
      const words = `${Describe.host(r.host)}: asked ${after(r.from)}, ${result}${orOf(r.others)}`;
      return bar(
        scale,
        r,
        `request ${r.ok ? "ok" : "failed"}${r.others.length ? " unsure" : ""}`,
        `message:${r.n}`,
        words,
        r.ok ? answered : silent,
      );
    });
    const free = Marks.places();
    const waited = dials.map((r) => {
      const words = `${Describe.host(r.host)}: dialled ${after(r.from)}, in vain for ${Time.words(r.to - r.from)}${orOf(r.others)}`;
      const at = scale.x(r.to),
        y = scale.y(Model.hosts[r.host].id);
      const name = Describe.host(r.host).slice(0, 13);
      const isFree = free(at + 7, y - 11, Marks.wide(name) + 2, 12);
      const label = isFree ? `<text class="waited-name" x="${f(at + 8)}" y="${f(y - 1)}">${Dom.escape(name)}</text>` : "";
      return label + bar(scale, r, `waited failed${r.others.length ? " unsure" : ""}`, `connection:${r.n}`, words, silent);
    });
    return asked.join("") + waited.join("");
  }

  /** A line through the answers that came from closer than any before. */
  function closest(scale, list) {
    let best = Infinity;
    const places = list
      .filter((r) => r.answered && !r.others.length)
      .sort((a, b) => a.to - b.to)
      .flatMap((r) => {
        const y = scale.y(Model.hosts[r.host].id);
        if (best !== Infinity && y <= best) return [];
        best = y;
        return [`${f(scale.x(r.to))} ${f(y)}`];
      });
    return places.length > 1 ? `<path class="closest" d="M${places.join("L")}"/>` : "";
  }

  /** The true closest hosts, and what was found, at the right edge. */
  function ends(scale, q) {
    const right = LEFT + scale.inner + 14;
    const free = Marks.places();
    const found = q.found.map(Model.peer).filter((p) => p.id);
    const hosts = new Set(found.map((p) => p.host));
    const truth = q.truth
      .filter((h) => Model.hosts[h])
      .map((h, rank) => {
        const { id, name } = Model.hosts[h];
        const y = scale.y(id);
        const hit = hosts.has(h);
        const words = `number ${rank + 1} of the true closest: ${name}, ${hit ? "found" : "not found"}`;
        const label = free(right + 8, y - 6, 70, 12)
          ? `<text x="${right + 9}" y="${f(y + 4)}">${Dom.escape(`${hit ? "✓" : "✕"} ${name}`.slice(0, 13))}</text>`
          : "";
        return `<g class="truth ${hit ? "hit" : "missed"}" data-pick="host:${h}"><title>${Dom.escape(words)}</title><path d="${Marks.diamond(right, y, 4)}"/>${label}</g>`;
      });
    const rest = found
      .filter((p) => !q.truth.includes(p.host))
      .map(
        (p) =>
          `<path class="found" d="${Marks.shape(1, right - 9, scale.y(p.id), 3)}"><title>found: ${Dom.escape(p.name)}</title></path>`,
      );
    return rest.join("") + truth.join("");
  }

  const LEGEND = [
    [`<path class="wait" d="M2 7h10"/>${answered(13, 7)}`, "answered, or sent", "request ok"],
    [`<path class="wait" d="M2 7h10"/>${silent(13, 7)}`, "not answered", "request failed"],
    [`<path class="wait" d="M2 7h10"/>${silent(13, 7)}`, "of this or of another query", "request failed unsure"],
    [`<path class="wait" d="M2 7h10"/>${silent(13, 7)}`, "dialled in vain", "waited failed"],
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
      ([inner, text, name]) =>
        `<span>${Marks.icon(`<g class="${name}">${inner}</g>`)}${text}</span>`,
    )
    .join("");

  /** The picture of the walk of query `n` with these requests. */
  function chart(n, list, key, width) {
    const q = Model.queries[n];
    const dials = failedDials(n);
    const where = scale(n, list, dials, key, width);
    if (!where) return "";
    const { x } = where;
    const steps = q.steps
      .map(
        (s) =>
          `<path class="progress${s.ok ? "" : " failed"}" d="M${f(x(s.at))} ${TOP}V${FLOOR}"><title>${Dom.escape(s.says)}</title></path>`,
      )
      .join("");
    const { cursor } = State.state;
    const now =
      cursor >= where.start && cursor <= where.stop
        ? `<path class="cursor" d="M${f(x(cursor))} 4V${FLOOR}"/>`
        : "";
    return (
      `<div class="legend">${LEGEND}</div><svg id="walk" role="img" aria-label="walk of the query by distance and time" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}">` +
      `${grid(where)}${steps}${now}${bars(where, list, dials)}${closest(where, list)}${ends(where, q)}<text class="axis-name" x="${LEFT + 4}" y="${TOP - 3}">distance to the key</text></svg>`
    );
  }

  return { requests, failedDials, orOf, chart };
})();
