// The strip above the diagram: the whole run, with the window as a brush.
const Overview = (() => {
  const { f } = Marks;
  const svg = Dom.byId("overview");
  const HEIGHT = 54,
    PAD = 12;
  let width = 1;

  const x = (at) => PAD + Axis.share(at, 0, Model.end) * (width - 2 * PAD);
  const placeAt = (pixels) => ((pixels - PAD) / (width - 2 * PAD)) * Axis.length();
  const moment = (pixels) => Axis.moment(placeAt(pixels));

  /** How many messages were sent in each part of the run, as an area. */
  function histogram() {
    const bins = Math.max(20, Math.floor((width - 2 * PAD) / 3));
    const sums = new Uint32Array(bins);
    const lost = new Uint32Array(bins);
    const pass = Visible.passes();
    Model.messagesBetween(0, Model.end, (n, row) => {
      if (!pass(row)) return;
      const bin = Math.min(bins - 1, Math.floor(Axis.share(row[0], 0, Model.end) * bins));
      sums[bin]++;
      if (Model.isLost(row)) lost[bin]++;
    });
    let most = 1;
    for (const sum of sums) most = Math.max(most, sum);
    const wide = (width - 2 * PAD) / bins;
    let bars = "",
      bad = "";
    sums.forEach((sum, i) => {
      if (!sum) return;
      const tall = Math.max(1.5, Math.sqrt(sum / most) * 28);
      bars += `M${f(PAD + i * wide)} 46v${f(-tall)}h${f(Math.max(1, wide - 0.5))}v${f(tall)}z`;
      if (lost[i]) bad += `M${f(PAD + i * wide)} 46v4h${f(Math.max(2, wide))}v-4z`;
    });
    return `<path class="bars" d="${bars}"/><path class="lost-bars" d="${bad}"/>`;
  }

  function draw() {
    width = Math.max(100, svg.parentNode.clientWidth);
    svg.setAttribute("width", width);
    svg.setAttribute("height", HEIGHT);
    const gaps = Axis.gapsIn(0, Model.end)
      .map(
        (gap) =>
          `<rect class="idle" x="${f(x(gap.from))}" y="5" width="${f(Math.max(1, x(gap.to) - x(gap.from)))}" height="41"/>`,
      )
      .join("");
    const faults = State.state.layers.faults
      ? Model.faults
          .map((fault) => {
            const left = x(fault.from),
              right = x(Bands.faultEnd(fault));
            return `<rect class="fault-bar" x="${f(left)}" y="5" width="${f(Math.max(2, right - left))}" height="41"/>`;
          })
          .join("")
      : "";
    const left = Doc.left_out
      .map(
        (l) =>
          `<rect class="left-bar" x="${f(x(l.from))}" y="5" width="${f(Math.max(2, x(l.to) - x(l.from)))}" height="41" fill="url(#hatch)"/>`,
      )
      .join("");
    const ticks = Axis.ticks(0, Model.end, (width - 2 * PAD) * 0.75)
      .ticks.map(
        (tick) =>
          `<path class="grid" d="M${f(x(tick.at))} 5V46"/>${x(tick.at) + 3 + tick.label.length * 6.2 < width - PAD ? `<text x="${f(x(tick.at) + 3)}" y="13">${Dom.escape(tick.label)}</text>` : ""}`,
      )
      .join("");
    const deaths = Model.hosts
      .flatMap((host) => host.lives.filter((l) => l.end && l.end !== "closed" && l.to !== null))
      .slice(0, 400)
      .map((l) => `<path class="crash" d="${Marks.cross(x(l.to), 42, 2.5)}"/>`)
      .join("");
    const checks = Model.checks
      .map((c) => `<path class="diamond" d="${Marks.diamond(x(c.at), 24, 5)}"/>`)
      .join("");
    Dom.set(
      svg,
      `<rect class="ground" x="${PAD}" y="5" width="${f(width - 2 * PAD)}" height="41"/>${gaps}${left}${faults}${ticks}${histogram()}${deaths}${checks}<g id="brush"></g>`,
    );
    brush();
  }

  /** Draws the window and the cursor. */
  function brush() {
    const group = Dom.byId("brush");
    if (!group) return;
    const { from, to, cursor } = State.state;
    const a = Dom.clamp(x(from), PAD, width - PAD),
      b = Dom.clamp(x(to), PAD, width - PAD);
    group.innerHTML =
      `<path class="shade" d="M${PAD} 5H${f(a)}V46H${PAD}zM${f(b)} 5H${f(width - PAD)}V46H${f(b)}z"/>` +
      `<rect class="window" x="${f(a)}" y="4" width="${f(Math.max(2, b - a))}" height="43" rx="2"/>` +
      `<rect class="handle" data-side="from" x="${f(a - 4)}" y="14" width="8" height="22" rx="3"/><rect class="handle" data-side="to" x="${f(b - 4)}" y="14" width="8" height="22" rx="3"/>` +
      `<path class="cursor" d="M${f(x(cursor))} 1V52"/>`;
  }

  /** Moves the brush, one of its sides, or makes a new one. */
  function listenToPointer() {
    let drag = null;
    svg.addEventListener("pointerdown", (event) => {
      const at = placeAt(event.clientX - svg.getBoundingClientRect().left);
      const from = Axis.place(State.state.from),
        to = Axis.place(State.state.to);
      const side = event.target.dataset ? event.target.dataset.side : null;
      drag = {
        at,
        pixels: event.clientX - svg.getBoundingClientRect().left,
        from,
        to,
        moved: false,
        how: side || (at > from && at < to && to - from < Axis.length() * 0.97 ? "move" : "new"),
      };
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const pixels = event.clientX - svg.getBoundingClientRect().left;
      const at = placeAt(pixels);
      if (Math.abs(pixels - drag.pixels) > 3) drag.moved = true;
      if (!drag.moved) return;
      if (drag.how === "move") State.showPlaces(drag.from + at - drag.at, drag.to + at - drag.at);
      else if (drag.how === "from") State.showPlaces(Math.min(at, drag.to - 100), drag.to);
      else if (drag.how === "to") State.showPlaces(drag.from, Math.max(at, drag.from + 100));
      else State.showPlaces(Math.min(at, drag.at), Math.max(at, drag.at));
    });
    const stop = () => {
      if (drag && !drag.moved) State.moveTo(moment(drag.pixels));
      drag = null;
    };
    svg.addEventListener("pointerup", stop);
    svg.addEventListener("pointercancel", () => {
      drag = null;
    });
    svg.addEventListener("dblclick", State.whole);
    svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        State.zoom(
          Math.exp(event.deltaY * 0.002),
          moment(event.clientX - svg.getBoundingClientRect().left),
        );
      },
      { passive: false },
    );
  }

  function start() {
    State.listen(["layers", "hidden", "only", "size", "squeeze"], draw);
    State.listen(["from", "to", "cursor"], brush);
    listenToPointer();
  }

  return { start };
})();
