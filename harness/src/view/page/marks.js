// The shapes of marks, and the place of a moment in the plot. Everything that a colour
// says is also said by a shape or a dash.
const Marks = (() => {
  const f = (n) => Math.round(n * 10) / 10;
  let width = 1;

  const resize = (pixels) => {
    width = Math.max(pixels, 1);
  };
  /** The place of a moment in the plot. */
  function x(at) {
    const { from, to } = State.state;
    return Axis.share(at, from, to) * width;
  }
  /** The moment at a place of the plot. */
  function moment(place) {
    const { from, to } = State.state;
    const first = Axis.place(from);
    return Axis.moment(first + (place / width) * (Axis.place(to) - first));
  }
  const edge = (place) => Dom.clamp(place, -20, width + 20);

  /** A line cut at the edges of the plot, or null if it lies outside. */
  function cut(x1, y1, x2, y2) {
    const low = -20,
      high = width + 20;
    if (x2 < low || x1 > high) return null;
    const along = (place) => y1 + ((y2 - y1) * (place - x1)) / (x2 - x1);
    const line = { x1, y1, x2, y2 };
    if (x1 < low) {
      line.x1 = low;
      line.y1 = along(low);
    }
    if (x2 > high) {
      line.x2 = high;
      line.y2 = along(high);
    }
    return line;
  }

  const SHAPES = [
    (x, y, r) => `M${f(x - r)} ${f(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    (x, y, r) => `M${f(x - r)} ${f(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`,
    (x, y, r) => `M${f(x)} ${f(y - r * 1.3)}l${f(r * 1.25)} ${f(r * 2.2)}h${f(-r * 2.5)}z`,
    (x, y, r) =>
      `M${f(x)} ${f(y - r * 1.4)}l${f(r * 1.4)} ${f(r * 1.4)}l${f(-r * 1.4)} ${f(r * 1.4)}l${f(-r * 1.4)} ${f(-r * 1.4)}z`,
    (x, y, r) => `M${f(x)} ${f(y + r * 1.3)}l${f(r * 1.25)} ${f(-r * 2.2)}h${f(-r * 2.5)}z`,
    (x, y, r) =>
      `M${f(x - r)} ${f(y - r * 0.35)}h${f(r * 0.65)}v${f(-r * 0.65)}h${f(r * 0.7)}v${f(r * 0.65)}h${f(r * 0.65)}v${f(r * 0.7)}h${f(-r * 0.65)}v${f(r * 0.65)}h${f(-r * 0.7)}v${f(-r * 0.65)}h${f(-r * 0.65)}z`,
    (x, y, r) =>
      `M${f(x)} ${f(y - r * 1.5)}l${f(r * 0.45)} ${f(r * 1.05)}l${f(r * 1.05)} ${f(r * 0.45)}l${f(-r * 1.05)} ${f(r * 0.45)}l${f(-r * 0.45)} ${f(r * 1.05)}l${f(-r * 0.45)} ${f(-r * 1.05)}l${f(-r * 1.05)} ${f(-r * 0.45)}l${f(r * 1.05)} ${f(-r * 0.45)}z`,
    (x, y, r) =>
      `M${f(x - r * 0.45)} ${f(y - r * 1.3)}h${f(r * 0.9)}v${f(r * 2.6)}h${f(-r * 0.9)}z`,
    (x, y, r) => `M${f(x - r * 1.3)} ${f(y - r * 0.45)}h${f(r * 2.6)}v${f(r * 0.9)}h${f(-r * 2.6)}z`,
    (x, y, r) =>
      `M${f(x - r)} ${f(y - r)}h${f(r * 0.6)}v${f(r * 2)}h${f(-r * 0.6)}zM${f(x + r * 0.4)} ${f(y - r)}h${f(r * 0.6)}v${f(r * 2)}h${f(-r * 0.6)}z`,
  ];
  /** The shape of a kind of message, as a path. */
  const shape = (kind, px, py, r) => SHAPES[kind % SHAPES.length](px, py, r);
  /** The class with the colour of a kind of message. */
  const kindClass = (kind) => `k${kind % SHAPES.length}`;

  const cross = (px, py, r) =>
    `M${f(px - r)} ${f(py - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
  const diamond = SHAPES[3];
  /** What is late: an hourglass. */
  const hourglass = (px, py, r) =>
    `<path class="glass" d="M${f(px - r)} ${f(py - r * 1.3)}h${2 * r}l${f(-2 * r)} ${f(r * 2.6)}h${2 * r}z"/>`;
  /** What a host has dropped by itself: a barred circle. */
  const dropped = (px, py, r) =>
    `<circle class="drop" cx="${f(px)}" cy="${f(py)}" r="${r}"/><path class="drop" d="M${f(px - r * 0.7)} ${f(py + r * 0.7)}l${f(r * 1.4)} ${f(-r * 1.4)}"/>`;

  /** The path of an arrow from one place to another, head included. */
  function arrow(x1, y1, x2, y2, size) {
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const a = angle + 2.65,
      b = angle - 2.65;
    return (
      `M${f(x1)} ${f(y1)}L${f(x2)} ${f(y2)}` +
      `M${f(x2 + size * Math.cos(a))} ${f(y2 + size * Math.sin(a))}L${f(x2)} ${f(y2)}` +
      `L${f(x2 + size * Math.cos(b))} ${f(y2 + size * Math.sin(b))}`
    );
  }

  /** A small picture for legends. `inner` is markup in a box of 18 × 14. */
  const icon = (inner) =>
    `<svg class="icon" viewBox="0 0 18 14" width="18" height="14" aria-hidden="true">${inner}</svg>`;
  const kindIcon = (kind) =>
    icon(`<path class="glyph ${kindClass(kind)}" d="${shape(kind, 9, 7, 4)}"/>`);

  const pen = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  /** How wide a label is in the diagram, at this size in pixels; `bold` if it is. */
  function wide(text, size = 10.5, bold = false) {
    const name = `${size}${bold} ${text}`;
    if (!widths.has(name)) {
      pen.font = `${bold ? "bold " : ""}${size}px ${getComputedStyle(document.body).fontFamily}`;
      widths.set(name, pen.measureText(text).width);
    }
    return widths.get(name);
  }
  /** As much of a text as fits, with an ellipsis if it is cut; empty if that is next to nothing. */
  function fitting(text, pixels) {
    if (wide(text) <= pixels) return text;
    const letters = Dom.firstIndex(text.length, (n) => wide(`${text.slice(0, n + 1)}…`) > pixels);
    return letters < 2 ? "" : `${text.slice(0, letters)}…`;
  }

  /** Keeps labels apart: `free(x, y, w, h)` is true, and takes the place, if it is free;
   *  `free.take` takes it in any case. */
  function places() {
    const taken = [];
    const free = (px, py, w, h) => {
      const hit = taken.some(
        (t) => px < t[0] + t[2] && t[0] < px + w && py < t[1] + t[3] && t[1] < py + h,
      );
      if (!hit) taken.push([px, py, w, h]);
      return !hit;
    };
    free.take = (...place) => taken.push(place);
    return free;
  }

  return {
    f,
    resize,
    x,
    moment,
    edge,
    cut,
    shape,
    kindClass,
    cross,
    diamond,
    dropped,
    hourglass,
    arrow,
    icon,
    kindIcon,
    wide,
    fitting,
    places,
    width: () => width,
  };
})();
