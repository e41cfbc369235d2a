// The part above the lanes that stays in place: the time axis, the steps of the scenario and
// the faults by name.
const Ruler = (() => {
  const { f } = Marks;
  const AXIS = 22,
    STEPS = 18,
    FAULT = 17,
    // The width of a letter in the labels of steps, with some room.
    WIDE = 6.4,
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

  /** A flag for each step; of several at one place the first is named, with how many follow. */
  function steps() {
    if (!State.state.layers.steps) return "";
    const marks = Model.steps
      .map((step, n) => ({ step, n, x: Marks.x(step.at) }))
      .filter(({ x }) => x >= -1 && x <= Marks.width() + 1);
    let free = -Infinity;
    // Where the latest flag ends: a step that follows at once has a pole without a flag.
    let flown = -Infinity;
    return marks
      .map(({ step, n, x }, i) => {
        let next = i + 1;
        while (marks[next] && marks[next].x - x < 4) next++;
        const more = next - i - 1 ? ` +${next - i - 1}` : "";
        const room = (marks[next] ? marks[next].x : Marks.width()) - x - 9;
        let text = "";
        if (x >= free && room > 28) {
          const letters = Math.floor(room / WIDE) - more.length;
          const words =
            step.says.length > letters
              ? `${step.says.slice(0, Math.max(letters - 1, 0))}…`
              : step.says;
          if (words.length > 3)
            text = `<text x="${f(x + 7)}" y="${AXIS + 13}">${Dom.escape(words + more)}</text>`;
          free = x + 7 + (words.length + more.length) * WIDE;
        }
        const failed = step.failed ? " failed" : "";
        const picked = State.isPicked("step", n) ? " selected" : "";
        const hasFlag = x >= flown;
        if (hasFlag) flown = x + 6;
        const flag = hasFlag ? `M${f(x)} ${AXIS + 3.5}h5l-2 2.5l2 2.5h-5z` : "";
        const shape = step.failed
          ? `<path class="cross" d="${Marks.cross(x, AXIS + 9, 4)}"/>`
          : `<path class="flag" d="M${f(x)} ${AXIS + 3}v12${flag}"/>`;
        return `<g class="step${failed}${picked}" data-n="${n}"><rect class="area" x="${f(x - 3)}" y="${AXIS}" width="10" height="${STEPS}"/>${shape}${text}</g>`;
      })
      .join("");
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
        const letters = Math.floor(room / 5.8);
        const words = name.length > letters ? `${name.slice(0, Math.max(letters - 1, 0))}…` : name;
        const picked = State.isPicked("fault", n) ? " selected" : "";
        // The faults beyond the last row lie over each other in it.
        const isNamed = letters > 3 && rowOfFault[n] < MOST;
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
    const top = AXIS + (withSteps ? STEPS : 0);
    const height = top + (withFaults ? faultRows * FAULT + 2 : 0);
    svg.setAttribute("height", height);
    svg.setAttribute("width", Marks.width());
    Dom.set(
      svg,
      `${axis(ticks, height)}${withSteps ? steps() : ""}${faults(top)}<g id="ruler-cursor"></g>`,
    );
    const names = [`<span style="height:${AXIS}px">time</span>`];
    if (withSteps) names.push(`<span style="height:${STEPS}px">steps</span>`);
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
