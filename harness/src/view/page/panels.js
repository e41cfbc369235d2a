// The panels beside the diagram, one of which is open. Only the open one is drawn.
const Panels = (() => {
  const body = Dom.byId("panel");
  const bar = Dom.byId("tabs");
  const panels = new Map();

  /** Adds a panel: `draw(width, height)` makes its markup, `needs` are the parts of the state that it shows. */
  function add(name, label, needs, draw, after) {
    panels.set(name, { label, needs, draw, after });
  }
  const has = (name) => panels.has(name);
  const names = () => [...panels.keys()];

  function drawTabs() {
    Dom.set(
      bar,
      names()
        .map((name, i) => {
          const open = State.state.tab === name;
          return `<button type="button" role="tab" id="tab-${name}" data-tab="${name}" aria-selected="${open}" aria-controls="panel" tabindex="${open ? 0 : -1}" title="${panels.get(name).label} (${i + 1})">${panels.get(name).label}</button>`;
        })
        .join(""),
    );
  }

  function draw() {
    const panel = panels.get(State.state.tab);
    body.dataset.panel = State.state.tab;
    body.setAttribute("aria-labelledby", `tab-${State.state.tab}`);
    // On a narrow page the panel is as high as its content.
    const height =
      body.clientHeight && matchMedia("(min-width: 1000px)").matches ? body.clientHeight : 640;
    Dom.set(body, panel.draw(body.clientWidth - 24, height));
    if (panel.after) panel.after(body);
  }

  function start() {
    State.listen(["tab"], () => {
      drawTabs();
      body.scrollTop = 0;
      const tab = Dom.byId(`tab-${State.state.tab}`);
      if (tab && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - 40;
    });
    State.listen([...Object.keys(State.state), "size"], (what) => {
      const { needs } = panels.get(State.state.tab);
      if (["tab", "all", "size", ...needs].some((name) => what.has(name))) draw();
    });
    new ResizeObserver(() => State.set({ size: 1 })).observe(body);
    body.addEventListener("change", (event) => {
      const { name, value } = event.target;
      if (name === "host") State.set({ host: Number(value) });
      if (name === "query") State.choose({ kind: "query", n: Number(value) });
      if (name === "key") State.set({ key: Number(value) });
      if (name === "graph") State.set({ graph: value });
    });
  }

  /** A select whose change sets the part of the state with this name. `options`: [value, text]. */
  function select(name, label, options, value) {
    const items = options.map(
      ([v, text]) =>
        `<option value="${v}"${v === value ? " selected" : ""}>${Dom.escape(text)}</option>`,
    );
    return `<label class="select">${label} <select name="${name}">${items.join("")}</select></label>`;
  }
  const hostSelect = () =>
    select(
      "host",
      "host",
      Model.hosts.map((h, n) => [n, h.name]),
      State.state.host,
    );

  return { add, has, names, start, select, hostSelect };
})();
