// The pointer on the diagram: points at things, picks them, moves the cursor, pans and zooms.
const Pointer = (() => {
  const plot = Dom.byId("plot");
  const ruler = Dom.byId("ruler");
  const scroller = Dom.byId("scroller");
  const SORTS = [
    ["check", "check"],
    ["dial", "connection"],
    ["punch-mark", "connection"],
    ["query", "query"],
    ["message", "message"],
    ["step", "step"],
    ["fault-name", "fault"],
    ["connection", "connection"],
  ];
  let drag = null;

  const placeIn = (element, event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** The thing under the pointer, or null. */
  function thingAt(event) {
    const group = event.target.closest ? event.target.closest("[data-n]") : null;
    if (group) {
      const sort = SORTS.find(([name]) => group.classList.contains(name));
      if (sort && sort[0] !== "connection") return { kind: sort[1], n: Number(group.dataset.n) };
    }
    if (!plot.contains(event.target)) return null;
    const { x, y } = placeIn(plot, event);
    const line = Diagram.near(x, y);
    if (line) return line;
    if (group && group.classList.contains("connection"))
      return { kind: "connection", n: Number(group.dataset.n) };
    return null;
  }

  function click(event) {
    const thing = thingAt(event);
    const element = plot.contains(event.target) ? plot : ruler;
    const at = Marks.moment(placeIn(element, event).x);
    if (thing) {
      State.choose(thing);
      const { at: own } = Describe.thing(thing);
      State.moveTo(thing.kind === "query" || own === null ? at : own);
      return;
    }
    const row = element === plot ? Lanes.at(placeIn(plot, event).y) : null;
    if (row && row.kind !== "host") State.set({ folded: !State.state.folded });
    else State.moveTo(at);
  }

  function down(event) {
    if (event.button !== 0) return;
    const element = event.currentTarget;
    const { x } = placeIn(element, event);
    const how = element === ruler ? "scrub" : event.shiftKey ? "mark" : "pan";
    drag = {
      how,
      element,
      x,
      y: event.clientY,
      from: Axis.place(State.state.from),
      to: Axis.place(State.state.to),
      top: scroller.scrollTop,
      moved: false,
    };
    if (event.pointerType === "mouse" || how === "scrub")
      element.setPointerCapture(event.pointerId);
  }

  function move(event) {
    const { x } = placeIn(event.currentTarget, event);
    if (!drag) {
      Tooltip.show(thingAt(event), event);
      return;
    }
    if (Math.abs(x - drag.x) > 3 || Math.abs(event.clientY - drag.y) > 3) drag.moved = true;
    if (!drag.moved) return;
    Tooltip.hide();
    if (drag.how === "scrub")
      State.moveTo(Dom.clamp(Marks.moment(x), State.state.from, State.state.to));
    else if (drag.how === "mark") Diagram.mark(drag.x, x);
    else {
      const by = ((drag.x - x) / Marks.width()) * (drag.to - drag.from);
      State.showPlaces(drag.from + by, drag.to + by);
      if (event.pointerType === "mouse") scroller.scrollTop = drag.top + drag.y - event.clientY;
    }
  }

  function up(event) {
    if (!drag) return;
    const { how, x, moved } = drag;
    drag = null;
    if (!moved) {
      // With a captured pointer the event's target is the element that has captured it.
      const target = document.elementFromPoint(event.clientX, event.clientY) || event.target;
      click({ target, clientX: event.clientX, clientY: event.clientY });
    } else if (how === "mark") {
      const stop = placeIn(plot, event).x;
      Diagram.mark(0, 0);
      State.show(Marks.moment(Math.min(x, stop)), Marks.moment(Math.max(x, stop)));
    }
  }

  function wheel(event) {
    event.preventDefault();
    Tooltip.hide();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
      State.pan(sideways / Marks.width());
    else
      State.zoom(
        Math.exp(event.deltaY * 0.0016),
        Marks.moment(placeIn(event.currentTarget, event).x),
      );
  }

  function start() {
    for (const element of [plot, ruler]) {
      element.addEventListener("pointerdown", down);
      element.addEventListener("pointermove", move);
      element.addEventListener("pointerup", up);
      element.addEventListener("pointercancel", () => {
        drag = null;
      });
      element.addEventListener("pointerleave", Tooltip.hide);
      element.addEventListener("wheel", wheel, { passive: false });
    }
    plot.addEventListener("dblclick", (event) =>
      State.zoom(0.4, Marks.moment(placeIn(plot, event).x)),
    );
    // Everywhere on the page: buttons that pick, move the cursor, filter or change the panel.
    document.addEventListener("click", (event) => {
      const button = event.target.closest(
        "[data-pick], [data-at], [data-only], [data-tab], [data-fold]",
      );
      if (!button) return;
      const { pick, at, only, tab, fold } = button.dataset;
      if (fold) State.set({ folded: !State.state.folded });
      if (pick) {
        const thing = Link.parsePick(pick);
        State.choose(thing);
        if (thing && thing.kind === "host") requestAnimationFrame(() => Diagram.reveal(thing.n));
      }
      if (at !== undefined) State.moveTo(Number(at));
      if (only !== undefined) State.set({ only: Link.parsePick(only) });
      if (tab) State.set({ tab });
    });
  }

  return { start };
})();
