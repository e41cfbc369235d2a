// The part above the lanes that stays in place: the time axis, the steps of the scenario and
// the faults by name.
const Ruler = (() => {
  const { f } = Marks;
  const AXIS = 22,
    STEP = 14,
    STEP_ROWS = 3,
    // As many letters of a step are shown beside its flag.
    LONGEST = 34,
    FAULT = 17,
    MOST = 8;
  const svg = Dom.byId("ruler");
  let rowOfFault = null;
  let faultRows = 0;

  function placeFaults() {
    const ends = [];
    rowOfFault = Model.faults.map((fault) => {
      let row = ends.findIndex((end) => end < fault.from);
      if (row < 0) row = ends.length;
      ends[row] = Bands.faultEnd(fault);
      return row;
    });
    faultRows = Math.min(ends.length, MOST);
  }

  function axis(ticks, height) {
    const base =
      ticks.base === null
        ? ""
        : `<text class="base halo" x="4" y="9">${Dom.escape(Time.words(ticks.base, 9))}</text>`;
    const labels = ticks.ticks
      .map((tick) => {
        const x = Marks.x(tick.at);
        const half = tick.label.length * 3.1 + 2;
        const anchor = x < half ? "start" : x > Marks.width() - half ? "end" : "middle";
        const y = ticks.base !== null && x < 130 ? 20 : 14;
        return `<text class="tick" x="${f(Dom.clamp(x, 2, Marks.width() - 2))}" y="${y}" text-anchor="${anchor}">${Dom.escape(tick.label)}</text>`;
      })
      .join("");
    const lines = `<path class="grid" d="${ticks.ticks.map((tick) => `M${f(Marks.x(tick.at))} ${AXIS - 4}V${height}`).join("")}"/>`;
    return lines + labels + base;
  }

  /** The steps of the window. Those at one place have one flag, with the text of the first and how
   *  many follow. */
  function flags() {
    const groups = [];
    Model.steps.forEach((step, n) => {
      const x = Marks.x(step.at);
      if (x < -1 || x > Marks.width() + 1) return;
      const last = groups.at(-1);
      if (last && x - last.x < 4) last.steps.push(n);
      else groups.push({ x, steps: [n] });
    });
    for (const group of groups) {
      const { says } = Model.steps[group.steps[0]];
      const more = group.steps.length > 1 ? ` +${group.steps.length - 1}` : "";
      group.text = (says.length > LONGEST ? `${says.slice(0, LONGEST - 1)}…` : says) + more;
    }
    return groups;
  }

  /** Gives the texts of flags places in this many rows, and each flag a pole down to the row of its
   *  text. No pole crosses a text. Says how many texts have a place. */
  function place(groups, rows) {
    const width = Marks.width();
    const placed = [];
    let named = 0;
    /** The first row from here on where a text has a place. */
    const rowFor = (group, left) => {
      const right = left + group.wide;
      const over = placed.filter((g) => g.x > left - 2 && g.x < right);
      const first = Math.max(0, ...over.map((g) => g.row + 1));
      for (let row = first; row < rows; row++) {
        const isFree = placed.every(
          (g) =>
            !g.shown ||
            // Texts side by side, and the pole beside the texts of the rows above.
            !(g.row === row && left < g.left + g.wide && g.left < right) &&
              !(g.row <= row && g.left - 2 < group.x && group.x < g.left + g.wide),
        );
        if (isFree) return row;
      }
      return -1;
    };
    for (const group of groups.slice().reverse()) {
      group.wide = Marks.wide(group.text) + 6;
      const isLast = group.x + 7 + group.wide > width;
      // A text at the right edge is on the left of its pole, in the lowest row: the poles before
      // it are to end above it.
      const left = isLast ? group.x - 2 - group.wide : group.x + 7;
      const fits = left > 0 && !placed.length && (rows > 1 || groups.length < 2);
      const row = isLast ? (fits ? rows - 1 : -1) : rowFor(group, left);
      if (row >= 0) named++;
      // One without a place is cut at the next pole.
      const next = placed.length ? placed.at(-1).x : width;
      const words = row >= 0 ? group.text : Marks.fitting(group.text, next - group.x - 11);
      const shown = words.length > 5 || row >= 0;
      placed.push(
        Object.assign(group, {
          words,
          shown,
          left: row >= 0 ? left : group.x + 7,
          wide: shown ? Marks.wide(words) + 4 : 0,
          row: Math.max(row, 0),
        }),
      );
    }
    return named;
  }

  /** The flags with their places, in as few rows as have room for most of their texts; in one if
   *  there is none for half of them. */
  function laidFlags() {
    const groups = flags();
    let best = { rows: 1, named: place(groups, 1) };
    for (let rows = 2; rows <= STEP_ROWS && best.named < groups.length; rows++) {
      const named = place(groups, rows);
      if (named > best.named && named >= groups.length / 2) best = { rows, named };
    }
    place(groups, best.rows);
    return { groups, rows: best.rows };
  }

  /** A flag for each step. */
  function steps({ groups, rows }) {
    // Where the latest flag ends: a step that follows at once has a pole without a flag.
    let flown = -Infinity;
    const parts = [];
    for (const { x, steps: numbers, words, left, shown, row } of groups) {
      const label = shown
        ? `<text x="${f(left)}" y="${AXIS + 13 + row * STEP}">${Dom.escape(words)}</text>`
        : "";
      numbers.forEach((n, i) => {
        const own = Marks.x(Model.steps[n].at);
        const failed = Model.steps[n].failed ? " failed" : "";
        const picked = State.isPicked("step", n) ? " selected" : "";
        const hasFlag = own >= flown;
        if (hasFlag) flown = own + 6;
        const flag = hasFlag ? `M${f(own)} ${AXIS + 3.5}h5l-2 2.5l2 2.5h-5z` : "";
        const pole = 12 + (i ? 0 : row) * STEP;
        const shape = failed
          ? `<path class="cross" d="${Marks.cross(own, AXIS + 9, 4)}"/>`
          : `<path class="flag" d="M${f(own)} ${AXIS + 3}v${pole}${flag}"/>`;
        parts.push(
          `<g class="step${failed}${picked}" data-n="${n}"><rect class="area" x="${f(own - 3)}" y="${AXIS}" width="10" height="${rows * STEP + 4}"/>${shape}${i ? "" : label}</g>`,
        );
      });
    }
    return parts.join("");
  }

  function faults(top) {
    if (!State.state.layers.faults) return "";
    return Model.faults
      .map((fault, n) => {
        const there = Bands.box(fault.from, Bands.faultEnd(fault));
        if (!there) return "";
        const y = top + Math.min(rowOfFault[n], MOST - 1) * FAULT + 1;
        const start = Math.max(there.left, 0) + 5;
        const room = Math.min(there.left + there.width, Marks.width()) - start - 4;
        const name = Describe.faultName(fault);
        const words = Marks.fitting(name, room);
        const picked = State.isPicked("fault", n) ? " selected" : "";
        // The faults beyond the last row lie over each other in it.
        const isNamed = words && rowOfFault[n] < MOST;
        const text = isNamed
          ? `<text x="${f(start)}" y="${y + 11}">${Dom.escape(words)}</text>`
          : "";
        const first =
          fault.first_effect === null
            ? ""
            : `<path class="effect" d="M${f(Marks.edge(Marks.x(fault.first_effect)))} ${y + 9}v5"/>`;
        return `<g class="fault-name${picked}" data-n="${n}"><rect x="${f(there.left)}" y="${y}" width="${f(there.width)}" height="14" rx="2"/>${first}${text}</g>`;
      })
      .join("");
  }

  /** Draws the axis, the steps and the faults. */
  function draw(ticks) {
    if (!rowOfFault) placeFaults();
    const layers = State.state.layers;
    const withSteps = layers.steps && Model.steps.length > 0;
    const withFaults = layers.faults && faultRows > 0;
    const laid = withSteps ? laidFlags() : null;
    const high = laid ? laid.rows * STEP + 4 : 0;
    const top = AXIS + high;
    const height = top + (withFaults ? faultRows * FAULT + 2 : 0);
    svg.setAttribute("height", height);
    svg.setAttribute("width", Marks.width());
    Dom.set(
      svg,
      `${axis(ticks, height)}${laid ? steps(laid) : ""}${faults(top)}<g id="ruler-cursor"></g>`,
    );
    const names = [`<span style="height:${AXIS}px">time</span>`];
    if (withSteps) names.push(`<span style="height:${high}px">steps</span>`);
    if (withFaults) names.push(`<span style="height:${faultRows * FAULT}px">faults</span>`);
    Dom.set(Dom.byId("ruler-names"), names.join(""));
  }

  /** Hides the labels of ticks that the time of the cursor would cover in part. */
  function uncover(from, to) {
    for (const label of svg.querySelectorAll(".tick")) {
      const box = label.getBBox();
      const isCovered = box.x < to + 2 && box.x + box.width > from - 2;
      label.style.visibility = isCovered ? "hidden" : "";
    }
  }

  /** Draws the cursor with its time. */
  function cursor() {
    const at = State.state.cursor;
    const group = Dom.byId("ruler-cursor");
    if (!group) return;
    const x = Marks.x(at);
    if (x < -1 || x > Marks.width() + 1) {
      group.innerHTML = "";
      uncover(0, 0);
      return;
    }
    const words = Time.words(at, 6);
    const wide = words.length * 6.4 + 12;
    const left = Dom.clamp(x - wide / 2, 0, Marks.width() - wide);
    uncover(left, left + wide);
    group.innerHTML =
      `<path class="cursor" d="M${f(x)} 16V400"/><rect class="cursor-box" x="${f(left)}" y="1" width="${f(wide)}" height="16" rx="3"/>` +
      `<text class="cursor-text" x="${f(left + wide / 2)}" y="13" text-anchor="middle">${Dom.escape(words)}</text>`;
  }

  return { draw, cursor };
})();
