// The lanes themselves: when each host lives, closes and crashes, and the failed checks.
const Lives = (() => {
  const { f } = Marks;

  /** The times during which a host is seen in client mode. */
  const clientTimes = ({ modes }) =>
    modes.flatMap(([from, mode], i) =>
      mode === "client" ? [[from, modes[i + 1] ? modes[i + 1][0] : Model.end]] : [],
    );

  function life(l, row, clients) {
    const last = Model.endOf(l);
    const left = Marks.edge(Marks.x(l.from)),
      right = Marks.edge(Marks.x(last));
    if (right < -19 || left > Marks.width() + 19) return "";
    const y = row.middle;
    let markup = `<rect class="life" x="${f(left)}" y="${f(y - 1.5)}" width="${f(Math.max(1, right - left))}" height="3"/>`;
    if (l.from > 0) markup += `<circle class="birth" cx="${f(left)}" cy="${f(y)}" r="3.5"/>`;
    for (const [from, to] of clients) {
      const a = Marks.edge(Marks.x(Math.max(from, l.from))),
        b = Marks.edge(Marks.x(Math.min(to, last)));
      if (b > a)
        markup += `<rect class="client" x="${f(a)}" y="${f(y - 0.75)}" width="${f(b - a)}" height="1.5"/>`;
    }
    if (l.closing !== null) {
      const start = Marks.edge(Marks.x(l.closing));
      markup += `<rect class="closing" x="${f(start)}" y="${f(y - 4)}" width="${f(Math.max(1, right - start))}" height="8" fill="url(#hatch)"/>`;
    }
    if (l.end === "closed")
      markup += `<rect class="death closed" x="${f(right - 1.5)}" y="${f(y - 7)}" width="3" height="14"/>`;
    else if (l.end) markup += `<path class="death bad" d="${Marks.cross(right, y, 6)}"/>`;
    return markup;
  }

  /** The markup of all lanes. */
  function draw(laid) {
    const width = Marks.width();
    return laid.rows
      .map((row, i) => {
        const stripe =
          i % 2
            ? `<rect class="stripe" x="0" y="${row.top}" width="${width}" height="${row.height}"/>`
            : "";
        if (row.kind === "head")
          return `<rect class="head" x="0" y="${row.top}" width="${width}" height="${row.height}"/>`;
        const line = `<path class="axis" d="M0 ${row.middle}H${width}"/>`;
        if (row.kind === "fold")
          return `<g class="fold"><rect class="head" x="0" y="${row.top}" width="${width}" height="${row.height}"/>${line}</g>`;
        const picked = State.isPicked("host", row.host) ? " selected" : "";
        const host = Model.hosts[row.host];
        const clients = clientTimes(host);
        const lives = host.lives.map((l) => life(l, row, clients)).join("");
        return `<g class="lane${picked}" data-n="${row.host}">${stripe}<rect class="area" x="0" y="${row.top}" width="${width}" height="${row.height}"/>${line}${lives}</g>`;
      })
      .join("");
  }

  /** Failed checks: a diamond at each host and at the time, with what is violated. Those of
   *  one kind, host and time have one label. `free` keeps labels apart. */
  function checks(free) {
    const parts = [];
    const alike = (check) => `${check.invariant} ${check.hosts[0]} ${check.at}`;
    const counts = new Map();
    for (const check of Model.checks) counts.set(alike(check), (counts.get(alike(check)) ?? 0) + 1);
    const labelled = new Set();
    // Labels keep clear of all diamonds.
    for (const check of Model.checks)
      for (const row of check.hosts.map((h) => Lanes.row(h)).filter(Boolean))
        free(Marks.x(check.at) - 7, row.middle - 7, 14, 14);
    Model.checks.forEach((check, n) => {
      const x = Marks.x(check.at);
      if (x < -10 || x > Marks.width() + 10) return;
      const hosts = check.hosts.map((h) => Lanes.row(h)).filter(Boolean);
      if (!hosts.length) return;
      const rows = [...new Set(hosts)];
      const picked = State.isPicked("check", n) ? " selected" : "";
      const marks = rows
        .map(
          (row) =>
            `<path class="diamond" d="${Marks.diamond(x, row.middle, 6)}"/><path class="bang" d="M${f(x)} ${f(row.middle - 4)}v4.5m0 2v1.5"/>`,
        )
        .join("");
      const count = counts.get(alike(check));
      const text = count > 1 ? `${check.invariant} × ${count}` : check.invariant;
      const isFirst = !labelled.has(alike(check));
      labelled.add(alike(check));
      const wide = text.length * 6.3 + 6;
      const right = x + 12 + wide > Marks.width();
      const px = right ? x - 12 - wide : x + 12;
      let py = rows[0].middle + 4;
      for (let tries = 0; isFirst && tries < 8 && !free(px, py - 10, wide, 13); tries++) py += 13;
      const label = isFirst
        ? `<text class="halo" x="${f(right ? x - 12 : x + 12)}" y="${f(py)}" text-anchor="${right ? "end" : "start"}">${Dom.escape(text)}</text>`
        : "";
      parts.push(
        `<g class="check${picked}" data-n="${n}" role="img" aria-label="${Dom.escape(`failed check ${check.invariant} at ${Time.words(check.at)}`)}">${marks}${label}</g>`,
      );
    });
    return parts.join("");
  }

  return { draw, checks };
})();
