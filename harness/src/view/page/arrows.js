// The messages of the window as arrows: colour and shape say the kind, dashes an answer,
// a cross that it never arrived, a circle that it was under way at the end of the run.
const Arrows = (() => {
  const LABELS = 60;

  /** The markup of these messages in lanes of this height. Adds the lines to `lines`, in which
   *  a pointer finds them; `free` keeps labels apart. */
  function draw(list, height, lines, free) {
    const { pick } = State.state;
    const query = pick && pick.kind === "query" ? pick.n : -1;
    const connection = pick && pick.kind === "connection" ? Model.connections[pick.n].n : -1;
    const small = list.length > 600;
    const parts = [];
    const strong = [];
    const labels = [];
    const asked = query >= 0 || connection >= 0;
    for (const n of list) {
      const m = Model.message(n);
      const a = Lanes.row(m.from),
        b = Lanes.row(m.to);
      if (!a || !b) continue;
      const inside = a === b;
      const start = Marks.x(m.sent);
      const stop = m.lost ? start + 14 : Marks.x(m.arrived);
      const target = inside ? a.top + 3 : b.middle;
      const share = m.lost ? 0.45 : m.open ? 0.8 : 1;
      const full = a.middle + (target - a.middle) * share;
      const line = Marks.cut(start, a.middle, stop, full);
      if (!line) continue;
      const classes = ["message", Marks.kindClass(m.kind)];
      if (m.role === 1) classes.push("answer");
      if (m.lost) classes.push("lost");
      if (m.open) classes.push("open");
      if (State.isPicked("message", n)) classes.push("selected");
      const wanted = query >= 0 ? m.query === query : m.connection === connection;
      if (asked) classes.push(wanted ? "strong" : "dim");
      const { x1, y1, x2, y2 } = line;
      const head = m.lost || m.open
        ? `M${Marks.f(x1)} ${Marks.f(y1)}L${Marks.f(x2)} ${Marks.f(y2)}`
        : Marks.arrow(x1, y1, x2, y2, small ? 4 : 6);
      const glyph = small ? "" : `<path class="glyph" d="${Marks.shape(m.kind, x1, y1, 3)}"/>`;
      const end = m.lost
        ? `<path class="loss" d="${Marks.cross(x2, y2, small ? 3 : 4)}"/>`
        : m.open
          ? `<circle class="going" cx="${Marks.f(x2)}" cy="${Marks.f(y2)}" r="3"/>`
          : "";
      (asked && wanted ? strong : parts).push(
        `<g class="${classes.join(" ")}" data-n="${n}"><path class="line" d="${head}"/>${glyph}${end}</g>`,
      );
      lines.push({ kind: "message", n, x1, y1, x2, y2 });
      if (list.length <= LABELS && height >= 32 && (wanted || !asked)) labels.push({ m, line });
    }
    return parts.join("") + strong.join("") + words(labels, free);
  }

  /** Labels of the arrows, as long as they do not cover each other. */
  function words(labels, free) {
    const parts = [];
    for (const { m, line } of labels) {
      const text = Describe.short(m);
      const w = text.length * 5.6 + 6;
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

  return { draw };
})();
