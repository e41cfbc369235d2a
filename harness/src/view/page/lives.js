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

  /** The free place for a label of this width that is nearest to a diamond: at its right or left
   *  side, and `left` says which. If there is none it is the one farthest below. It is null if each
   *  place is beside one of these other diamonds. */
  function placeOf(x, y, wide, free, others) {
    const sides = [false, true].filter((left) => (left ? x - 12 - wide > 0 : x + 12 + wide < Marks.width()));
    const beside = (left, py) => {
      const px = left ? x - 12 - wide : x + 12;
      return others.some((o) => Math.abs(o.y - (py - 4)) < 18 && o.x > px - 20 && o.x < px + wide + 20);
    };
    const last = { left: !sides.includes(false), y };
    for (const down of [0, -13, -26, 13, -39, 26, -52, 39, -65, 52, 65, 78, 91]) {
      for (const left of sides) {
        const px = left ? x - 12 - wide : x + 12;
        if (y + down > 10 && !beside(left, y + down) && free(px, y + down - 10, wide, 13))
          return { left, y: y + down };
      }
      last.y = Math.max(last.y, y + down);
    }
    return beside(last.left, last.y) ? null : last;
  }

  /** Takes the places of lives and their ends, which no label may cover. */
  function takePlaces(laid, free) {
    for (const row of laid.rows) {
      if (row.kind !== "host") continue;
      for (const l of Model.hosts[row.host].lives) {
        const left = Marks.x(l.from),
          right = Marks.x(Model.endOf(l));
        free.take(left, row.middle - 2, right - left, 4);
        if (l.to !== null) free.take(right - 6, row.middle - 7, 12, 14);
      }
    }
  }

  /** Failed checks: a diamond at each host and at the time, with what is violated. Those of
   *  one kind, host and time have one label. `free` keeps labels apart, and clear of the ends of
   *  lines. */
  function checks(free) {
    const parts = [];
    const alike = (check) => `${check.invariant} ${check.hosts[0]} ${check.at}`;
    const counts = new Map();
    for (const check of Model.checks) counts.set(alike(check), (counts.get(alike(check)) ?? 0) + 1);
    const labelled = new Set();
    const diamonds = [];
    // Labels keep clear of all diamonds.
    for (const check of Model.checks)
      for (const row of check.hosts.map((h) => Lanes.row(h)).filter(Boolean)) {
        const x = Marks.x(check.at);
        free(x - 7, row.middle - 7, 14, 14);
        if (x > -10 && x < Marks.width() + 10) diamonds.push({ x, y: row.middle });
      }
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
      const others = diamonds.filter((o) => !rows.some((row) => row.middle === o.y));
      const place = isFirst ? placeOf(x, rows[0].middle + 4, wide, free, others) : null;
      // A label that is not beside its diamond has a line to it.
      const side = place && place.left ? -1 : 1;
      const away = place && Math.abs(place.y - rows[0].middle - 4) > 8;
      const leader = away
        ? `<path class="leader" d="M${f(x + side * 4)} ${f(rows[0].middle)}L${f(x + side * 10)} ${f(place.y - 4)}"/>`
        : "";
      const label = place
        ? `${leader}<text class="halo" x="${f(place.left ? x - 12 : x + 12)}" y="${f(place.y)}" text-anchor="${place.left ? "end" : "start"}">${Dom.escape(text)}</text>`
        : "";
      parts.push(
        `<g class="check${picked}" data-n="${n}" role="img" aria-label="${Dom.escape(`failed check ${check.invariant} at ${Time.words(check.at)}`)}">${marks}${label}</g>`,
      );
    });
    return parts.join("");
  }

  return { draw, takePlaces, checks };
})();
