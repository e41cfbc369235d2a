// The messages of the window as arrows: colour and shape say the kind, dashes an answer,
// a cross that it never arrived, a circle that it was under way at the end of the run. A message
// that a host drops by itself is dotted and ends in a barred circle. A late message has an
// hourglass: on its line if a fault has delayed it, or at the end of the time for which a host
// has held it back, which is a thick dotted line. A stream on which no request was sent ends in a
// square, or in a bar where it was refused.
const Arrows = (() => {
  const LABELS = 60;

  /** The markup of these messages in lanes of this height, and a function that returns that of
   *  their labels. Adds the lines to `lines`, in which a pointer finds them; `free` keeps labels
   *  apart. */
  function draw(list, height, lines, free) {
    const { pick } = State.state;
    const query = pick && pick.kind === "query" ? pick.n : -1;
    const connection = pick && pick.kind === "connection" ? Model.connections[pick.n].n : -1;
    const small = list.length > 600;
    const parts = [];
    const strong = [];
    const labels = [];
    // None is known on a relayed connection, so that all are dim.
    const asked = query >= 0 || (pick && pick.kind === "connection");
    for (const n of list) {
      const m = Model.message(n);
      const a = Lanes.row(m.from),
        b = Lanes.row(m.to);
      if (!a || !b) continue;
      const inside = a === b;
      const start = Marks.x(m.sent);
      const stop = m.came || m.open || m.held ? Marks.x(m.arrived) : start + 14;
      const target = inside ? a.top + 3 : b.middle;
      const share = m.held ? 0 : m.came ? 1 : m.open ? 0.8 : 0.45;
      const full = a.middle + (target - a.middle) * share;
      const line = Marks.cut(start, a.middle, stop, full);
      if (!line) continue;
      const classes = ["message", Marks.kindClass(m.kind)];
      if (m.role === 1) classes.push("answer");
      if (m.lost) classes.push("lost");
      if (m.open) classes.push("open");
      if (m.held) classes.push("held");
      if (m.dropped >= 0) classes.push("dropped");
      if (m.delay) classes.push("late");
      if (m.opening) classes.push(m.refused ? "refused" : "unopened");
      if (State.isPicked("message", n)) classes.push("selected");
      const wanted = query >= 0 ? m.query === query : m.connection === connection;
      if (asked) classes.push(wanted ? "strong" : "dim");
      const { x1, y1, x2, y2 } = line;
      const isArrow = m.came && m.dropped < 0 && !m.opening;
      const head = m.held
        ? ""
        : isArrow
        ? Marks.arrow(x1, y1, x2, y2, small ? 4 : 6)
        : `M${Marks.f(x1)} ${Marks.f(y1)}L${Marks.f(x2)} ${Marks.f(y2)}`;
      const glyph = small ? "" : `<path class="glyph" d="${Marks.shape(m.kind, x1, y1, 3)}"/>`;
      const end = ending(m, x2, y2, small ? 3 : 4) + lateness(m, line, a, b, small ? 3 : 4);
      (asked && wanted ? strong : parts).push(
        `<g class="${classes.join(" ")}" data-n="${n}"><path class="line" d="${head}"/>${glyph}${end}</g>`,
      );
      lines.push({ kind: "message", n, x1, y1, x2, y2 });
      if (list.length <= LABELS && height >= 32 && (wanted || !asked)) labels.push({ m, line });
    }
    return { marks: parts.join("") + strong.join(""), names: () => words(labels, free) };
  }

  /** Takes the places of the ends of these messages, which no label may cover. */
  function takePlaces(list, free) {
    if (list.length > LABELS) return;
    for (const n of list) {
      const m = Model.message(n);
      for (const [host, at, is] of [
        [m.from, m.sent, true],
        [m.to, m.arrived, m.came],
      ])
        if (is && Lanes.row(host)) free.take(Marks.x(at) - 4, Lanes.row(host).middle - 5, 8, 10);
    }
  }

  /** The mark of a late message, with the time for which a host has held it back. */
  function lateness(m, { x1, y1, x2, y2 }, a, b, r) {
    if (!m.delay) return "";
    const { by, because } = m.delay;
    const held = {
      [Model.BEFORE_SENDING]: m.held ? [m.sent, Model.end, a] : [m.sent - by, m.sent, a],
      [Model.AFTER_ARRIVAL]: [m.arrived, m.arrived + by, b],
    }[because];
    if (!held) return Marks.hourglass((x1 + x2) / 2, (y1 + y2) / 2, r);
    const [from, to, row] = held;
    const left = Marks.edge(Marks.x(from)),
      right = Marks.edge(Marks.x(to));
    const f = Marks.f;
    return (
      `<path class="hold" d="M${f(left)} ${f(row.middle)}H${f(right)}"/>` +
      Marks.hourglass(because === Model.BEFORE_SENDING ? left : right, row.middle, r)
    );
  }

  /** The mark at the end of a line that is no arrow: what came of the message. */
  function ending(m, x, y, r) {
    if (m.dropped >= 0) return Marks.dropped(x, y, r);
    if (m.refused) return `<path class="refusal" d="M${Marks.f(x - r - 1)} ${Marks.f(y)}h${2 * r + 2}"/>`;
    if (m.open) return `<circle class="going" cx="${Marks.f(x)}" cy="${Marks.f(y)}" r="3"/>`;
    if (m.opening) return `<path class="none" d="${Marks.shape(1, x, y, r - 1)}"/>`;
    return m.lost ? `<path class="loss" d="${Marks.cross(x, y, r)}"/>` : "";
  }

  /** Labels of the arrows, as long as they do not cover each other. */
  function words(labels, free) {
    const parts = [];
    for (const { m, line } of labels) {
      const text = Describe.short(m);
      const w = Marks.wide(text) + 4;
      for (const share of [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]) {
        const px = line.x1 + (line.x2 - line.x1) * share + 5;
        const py = line.y1 + (line.y2 - line.y1) * share;
        const row = Lanes.at(py);
        if (
          px < 0 ||
          px + w > Marks.width() ||
          !row ||
          Math.abs(row.middle - py + 3) < 11 ||
          !free(px, py - 9, w, 13)
        )
          continue;
        parts.push(
          `<text class="message-label halo" x="${Marks.f(px)}" y="${Marks.f(py)}">${Dom.escape(text)}</text>`,
        );
        break;
      }
    }
    return parts.join("");
  }

  return { draw, takePlaces };
})();
