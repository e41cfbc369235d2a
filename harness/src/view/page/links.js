// Connections, which can lead through a relay: the dial, the way up, the time during which it is up on either side, and how
// each side ends.
const Links = (() => {
  // How far apart the tracks of a lane are: as far as there is room, so that each can have its
  // label below it.
  const CLOSEST = 5,
    WIDEST = 16;
  // From there on labels fit between tracks.
  const LABELLED = 13;
  // At most as many connections of the window have a label each.
  const LABELS = 60;
  // As many rows are begun before one is used again, so that a connection does not look like
  // the sequel of another.
  const ROWS = 3;
  let rows = null;
  let counts = [];

  /** The track of each side of each connection below the middle of its lane. */
  function tracks() {
    if (rows) return rows;
    rows = Model.connections.map(() => [0, 0]);
    Model.hosts.forEach((_, host) => {
      const ends = [];
      const own = Model.connectionsOfHost[host].slice();
      own.sort((a, b) => Model.connections[a].dialled - Model.connections[b].dialled);
      for (const n of own) {
        const c = Model.connections[n];
        const sides = [c.from, c.to].flatMap((h, side) =>
          h === host && Model.upAt(c, side) !== null ? [side] : [],
        );
        if (!sides.length) continue;
        const first = Math.min(...sides.map((side) => Model.upAt(c, side)));
        const free = ends.flatMap((end, r) => (end < first ? [r] : []));
        free.sort((one, other) => ends[one] - ends[other]);
        const row = ends.length < ROWS || !free.length ? ends.length : free[0];
        ends[row] = Math.max(...sides.map((side) => endOf(c, side)));
        for (const side of sides) rows[n][side] = row;
      }
      counts[host] = ends.length;
    });
    return rows;
  }

  /** How far apart the tracks of a host are in a lane of this height, and how many fit; none do
   *  if it is low. */
  function spacing(host, height) {
    tracks();
    const room = height / 2 - 8;
    const pitch = Dom.clamp(Math.floor(room / Math.max(counts[host] ?? 1, 1)), CLOSEST, WIDEST);
    return { pitch, depth: Math.floor(room / pitch) };
  }
  /** The middle of the track of a side of a connection. */
  function placeOf(n, side, host, row) {
    const { pitch, depth } = spacing(host, row.height);
    return row.middle + 6 + Math.min(tracks()[n][side], Math.max(depth, 1) - 1) * pitch;
  }

  function endOf(c, side) {
    const down = Model.downAt(c, side);
    return down === null ? Model.end : down;
  }

  /** The mark of the dial: a triangle towards the other host. Failed ones are crossed, and a line
   *  leads from there to the moment at which they failed; those that became the connection of the
   *  other side's dial are hollow. */
  function dial(c, n, row, target) {
    const at = Marks.x(c.dialled);
    const failed = Model.dialFailed(c);
    const last = failed ? Marks.x(Model.lastOf(c)) : at;
    if (last < -20 || at > Marks.width() + 20) return "";
    const way = target && target.middle < row.middle ? -1 : 1;
    const y = row.middle;
    const low = y + way * 13;
    const wait =
      last - at > 6
        ? `<path class="wait-failed" d="M${Marks.f(Marks.edge(at + 4))} ${Marks.f(low)}H${Marks.f(Marks.edge(last))}m0 -3v6"/>`
        : "";
    const state = failed ? "failed" : c.end === "merged" ? "merged" : "ok";
    const tip = Marks.f(y + way * 9);
    const x = Marks.f(at);
    const cross = failed ? `<path class="cross" d="${Marks.cross(at, low, 4)}"/>${wait}` : "";
    return (
      `<g class="dial ${state}" data-n="${n}">` +
      `<path class="stem" d="M${x} ${y}V${tip}"/><path class="tip" d="M${Marks.f(at - 3.5)} ${Marks.f(y + way * 3)}h7L${x} ${tip}z"/>${cross}</g>`
    );
  }

  /** The kinds of addresses beside the marks of dials, unless they are the usual ones. */
  function kindNames(dials, free) {
    const parts = [];
    for (const { c, a, b } of dials) {
      const text = Model.addressKind(c.address);
      if (!text) continue;
      const way = b && b.middle < a.middle ? -1 : 1;
      const wide = Marks.wide(text, 10, true) + 2;
      const x = Marks.x(c.dialled);
      // On the side of the dial from which its way does not lead to the other host.
      const px = x - wide - 6 > 0 ? x - wide - 6 : x + 8;
      for (const py of [a.middle + way * 14 + 4, a.middle - way * 14 + 4, a.middle + way * 26 + 4]) {
        if (!free(px, py - 9, wide, 11)) continue;
        parts.push(
          `<text class="address-kind halo" x="${Marks.f(px)}" y="${Marks.f(py)}">${Dom.escape(text)}</text>`,
        );
        break;
      }
    }
    return parts.join("");
  }

  /** Takes the places of these connections and their ends in lanes of this height, which no label
   *  may cover. */
  function takePlaces(list, height, free) {
    for (const n of list) {
      const c = Model.connections[n];
      [c.from, c.to].forEach((host, side) => {
        if (host === null || Model.upAt(c, side) === null || !Lanes.shown(host)) return;
        const left = Marks.x(Model.upAt(c, side)),
          right = Marks.x(endOf(c, side));
        const y = placeOf(n, side, host, Lanes.row(host)) - 4;
        free.take(right - 4, y, 8, 8);
        if (spacing(host, height).depth >= 1) free.take(left, y + 2, right - left, 4);
      });
    }
  }

  function track(c, n, side, row) {
    if (Model.upAt(c, side) === null) return "";
    const y = placeOf(n, side, [c.from, c.to][side], row);
    const left = Marks.edge(Marks.x(Model.upAt(c, side))),
      right = Marks.edge(Marks.x(endOf(c, side)));
    if (right < -19 || left > Marks.width() + 19) return "";
    const down = Model.downAt(c, side);
    const dead = Model.outlives(c, side);
    const rest = dead === null ? right : Marks.edge(Marks.x(dead));
    const outliving =
      dead === null
        ? ""
        : `<rect class="outliving" x="${Marks.f(rest)}" y="${Marks.f(y - 1.75)}" width="${Marks.f(Math.max(1, right - rest))}" height="3.5"/>`;
    const end =
      down === null
        ? ""
        : c.end === "lost"
          ? `<path class="end lost" d="${Marks.cross(right, y, 2.5)}"/>`
          : `<path class="end" d="M${Marks.f(right)} ${Marks.f(y - 3)}v6"/>`;
    const width = Math.max(1, right - left);
    return `<rect class="track" x="${Marks.f(left)}" y="${Marks.f(y - 1.25)}" width="${Marks.f(width)}" height="2.5"/>${outliving}${end}`;
  }

  /** The markup of these connections. Lanes that are high enough show how long they are up. */
  function draw(list, height, lines, free) {
    const parts = [];
    const kinds = [];
    const deep = (host) => spacing(host, height).depth >= 1;
    for (const n of list) {
      const c = Model.connections[n];
      const a = Lanes.row(c.from);
      const b = c.to === null ? null : Lanes.row(c.to);
      if (!a) continue;
      const picked = State.isPicked("connection", n);
      const inner = [];
      if (Model.isRelayed(c) || Model.upAt(c, 1) !== null) {
        const legs = Model.isRelayed(c) ? waysByRelay : ways;
        inner.push(...(b && b !== a ? legs(c, n, a, b, lines, free) : []));
        if (deep(c.from) || picked) {
          if (Lanes.shown(c.from)) inner.push(track(c, n, 0, a));
          if (b && Lanes.shown(c.to)) inner.push(track(c, n, 1, b));
        } else inner.push(ends(c, a, b));
      }
      parts.push(
        `<g class="connection${Model.isRelayed(c) ? " relayed" : ""}${picked ? " selected" : ""}" data-n="${n}">${inner.join("")}</g>`,
      );
      const begins = State.inWindow(c.dialled);
      if (!Model.isRelayed(c) && Lanes.shown(c.from) && (begins || Model.dialFailed(c))) {
        parts.push(dial(c, n, a, b));
        if (begins && height >= 26) kinds.push({ c, a, b });
      }
    }
    return parts.join("") + kindNames(kinds, free) + outlivers(list, height, free) + numbers(list, height, free);
  }

  /** Which of these connections outlive a host: below the track of the end that does, or, where
   *  tracks are close to each other, below them all. */
  function outlivers(list, height, free) {
    const parts = [];
    for (const n of list) {
      const c = Model.connections[n];
      [c.from, c.to].forEach((host, side) => {
        const dead = Model.outlives(c, side);
        if (dead === null || !Lanes.shown(host)) return;
        const { pitch, depth } = spacing(host, height);
        if (depth < 1) return;
        const text = Describe.outliving(c, side);
        const wide = Marks.wide(text, 10.5, true) + 2;
        const from = Math.max(Marks.x(Math.max(dead, Model.upAt(c, side))), 0);
        const row = Lanes.row(host);
        const own = placeOf(n, side, host, row) + 11;
        const below = row.middle + 10 + depth * pitch;
        const places = pitch >= LABELLED ? [own] : [];
        for (let y = row.middle + 22; y < Math.max(below, row.middle + 23); y += 6) places.push(y);
        for (const y of places) {
          if (from + wide > Marks.width() || y > row.top + row.height - 2) return;
          if (!free(from, y - 9, wide, 11)) continue;
          parts.push(
            `<text class="outliving-name halo" x="${Marks.f(from)}" y="${Marks.f(y)}">${Dom.escape(text)}</text>`,
          );
          return;
        }
      });
    }
    return parts.join("");
  }

  /** The numbers of these connections, below each track and as near to its begin as there is a place. The network has none for a
   *  relayed one. */
  function numbers(list, height, free) {
    if (list.length > LABELS) return "";
    const parts = [];
    for (const n of list) {
      const c = Model.connections[n];
      const text = Model.isRelayed(c) ? "relayed" : `#${c.n}`;
      [c.from, c.to].forEach((host, side) => {
        if (host === null || Model.upAt(c, side) === null || !Lanes.shown(host)) return;
        // Where it outlives its host from the begin on, this is said with its number.
        if (Model.outlives(c, side) === Model.upAt(c, side)) return;
        if (spacing(host, height).pitch < LABELLED || spacing(host, height).depth < 1) return;
        const start = Math.max(Marks.x(Model.upAt(c, side)), 0),
          last = Math.min(Marks.x(endOf(c, side)), Marks.width()),
          wide = Marks.wide(text) + 2;
        const y = placeOf(n, side, host, Lanes.row(host)) + 11;
        for (let left = start; left + wide <= last && left < start + 150; left += 30) {
          if (!free(left, y - 9, wide, 11)) continue;
          parts.push(
            `<text class="connection-name halo" x="${Marks.f(left)}" y="${Marks.f(y)}">${text}</text>`,
          );
          return;
        }
      });
    }
    return parts.join("");
  }

  /** The way of the dial to the listener, whose end is up then, and of the answer back. */
  function ways(c, n, a, b, lines) {
    const there = Model.upAt(c, 1);
    const legs = [[c.dialled, a, there, b]];
    if (c.up !== null && c.up > there) legs.push([there, b, c.up, a]);
    return legs.map(([from, one, to, other]) => {
      const line = Marks.cut(Marks.x(from), one.middle, Marks.x(to), other.middle);
      if (!line) return "";
      lines.push({ kind: "connection", n, ...line });
      const f = Marks.f;
      return `<path class="way" d="M${f(line.x1)} ${f(line.y1)}L${f(line.x2)} ${f(line.y2)}"/>`;
    });
  }

  /** The way of a relayed connection: by the lane of the relay, where a ring is, from the end that
   *  comes up first to the other. When hole punches ended, and how, is marked at their hosts. */
  function waysByRelay(c, n, a, b, lines, free) {
    const f = Marks.f;
    const known = [0, 1].filter((side) => c.ups[side] !== null);
    known.sort((one, other) => c.ups[one] - c.ups[other]);
    const sides = known.length === 2 ? known : [known[0], 1 - known[0]];
    const [from, to] = sides.map((side) => ({
      x: Marks.x(c.ups[known.includes(side) ? side : known[0]]),
      y: [a, b][side].middle,
    }));
    const by = Lanes.row(c.relay);
    const ring = { x: (from.x + to.x) / 2, y: by ? by.middle : (from.y + to.y) / 2 };
    const parts = [];
    for (const [one, other] of [
      [from, ring],
      [ring, to],
    ]) {
      const line = Marks.cut(one.x, one.y, other.x, other.y);
      if (!line) continue;
      lines.push({ kind: "connection", n, ...line });
      parts.push(`<path class="way" d="M${f(line.x1)} ${f(line.y1)}L${f(line.x2)} ${f(line.y2)}"/>`);
    }
    if (ring.x > -8 && ring.x < Marks.width() + 8)
      parts.push(
        `<circle class="relay" cx="${f(ring.x)}" cy="${f(ring.y)}" r="5"/><circle class="relay-core" cx="${f(ring.x)}" cy="${f(ring.y)}" r="1.7"/>`,
      );
    for (const punch of c.punches) {
      const row = Lanes.row(punch.host);
      const x = Marks.x(punch.at);
      if (!row || row.kind !== "host" || x < -8 || x > Marks.width() + 8) continue;
      const { pitch } = spacing(punch.host, row.height);
      const y = row.middle + Math.min(Math.max(32, counts[punch.host] * pitch + 14), row.height / 2 - 7);
      free.take(x - 10, y - 5, 20, 10);
      parts.push(
        `<g class="punch-mark" data-n="${n}"><rect class="area" x="${f(x - 13)}" y="${f(y - 11)}" width="26" height="22"/>${punchMark(x, y, punch.ok)}${punchName(x, y, punch.ok, free)}</g>`,
      );
    }
    return parts;
  }

  /** The end of a hole punch: two arrows that meet, crossed if it has failed. */
  const punchMark = (x, y, ok) =>
    `<path class="punch${ok ? "" : " bad"}" d="M${Marks.f(x - 9)} ${Marks.f(y)}h7m-3.5 -3.5l3.5 3.5l-3.5 3.5M${Marks.f(x + 9)} ${Marks.f(y)}h-7m3.5 -3.5l-3.5 3.5l3.5 3.5"/>` +
    (ok ? "" : `<path class="cross" d="${Marks.cross(x, y, 3)}"/>`);

  /** What the mark of a hole punch means, on the side of it where there is a place. */
  function punchName(x, y, ok, free) {
    const text = ok ? "hole punched" : "hole punch failed";
    const wide = Marks.wide(text);
    const sides = [x + 13, x - 13 - wide].filter((left) => left > 0 && left + wide < Marks.width());
    const left = sides.find((left) => free(left, y - 6, wide, 12));
    return left === undefined
      ? ""
      : `<text class="punch-name halo" x="${Marks.f(left)}" y="${Marks.f(y + 3.5)}">${text}</text>`;
  }

  function ends(c, a, b) {
    return [a, b]
      .map((row, side) => {
        const down = Model.downAt(c, side);
        if (!row || down === null || row.kind !== "host") return "";
        const x = Marks.x(down);
        if (x < 0 || x > Marks.width()) return "";
        return c.end === "lost"
          ? `<path class="end lost" d="${Marks.cross(x, row.middle + 5, 2.5)}"/>`
          : `<path class="end" d="M${Marks.f(x)} ${Marks.f(row.middle + 2)}v5"/>`;
      })
      .join("");
  }

  return { draw, takePlaces, punchMark };
})();
