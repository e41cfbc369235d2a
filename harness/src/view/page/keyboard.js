// The keys of the page, and the dialog that lists them.
const Keyboard = (() => {
  const dialog = Dom.byId("help");
  const move = (way) => {
    const at = Log.step(way);
    if (at !== null) State.moveTo(at);
  };
  const host = (way) => {
    const order = Lanes.order();
    const { pick } = State.state;
    const at = pick && pick.kind === "host" ? order.indexOf(pick.n) : way > 0 ? -1 : order.length;
    const next = order[Dom.clamp(at + way, 0, order.length - 1)];
    if (next === undefined) return;
    State.choose({ kind: "host", n: next });
    requestAnimationFrame(() => Diagram.reveal(next));
  };
  function escape() {
    const open = document.querySelector("#folds details[open]");
    if (open) open.open = false;
    else if (State.state.pick) State.choose(null);
    else State.set({ only: null, matter: false });
  }

  // Key as the browser names it, what the help calls it, what it does, in words and in code.
  const KEYS = [
    ["?", "?", "this help", () => dialog.showModal()],
    ["/", "/", "search; Enter and Shift+Enter go through the results", () => Search.focus()],
    ["n", "n", "next result of the search", () => Search.go(1)],
    ["p", "p", "previous result of the search", () => Search.go(-1)],
    ["ArrowRight", "→", "cursor to the next event", () => move(1)],
    ["ArrowLeft", "←", "cursor to the previous event", () => move(-1)],
    ["Shift+ArrowRight", "Shift →", "window to the right", () => State.pan(0.25)],
    ["Shift+ArrowLeft", "Shift ←", "window to the left", () => State.pan(-0.25)],
    ["ArrowDown", "↓", "select the next host", () => host(1)],
    ["ArrowUp", "↑", "select the previous host", () => host(-1)],
    ["+", "+", "zoom in", () => State.zoom(0.6)],
    ["=", "", "", () => State.zoom(0.6)],
    ["-", "−", "zoom out", () => State.zoom(1 / 0.6)],
    ["z", "z", "zoom to the selected query, connection, fault or message", () => Details.zoom()],
    ["0", "0", "the whole run", State.whole],
    ["f", "f", "the moment of the failure, or the end", () => Start.focus()],
    ["c", "c", "the cursor into the middle", () => State.centre()],
    ["Home", "Home", "cursor to the start", () => State.moveTo(0)],
    ["End", "End", "cursor to the end", () => State.moveTo(Model.end)],
    [
      "s",
      "s",
      "only messages of the selected query, connection or host; again: all",
      () => Filters.toggleOnly(),
    ],
    ["m", "m", "only hosts that matter to the selection; again: all", () => Filters.toggleMatter()],
    [
      "o",
      "o",
      "fold the other hosts into one lane, or unfold them",
      () => State.set({ folded: !State.state.folded }),
    ],
    [
      "l",
      "l",
      "log of all hosts, or of the shown host",
      () => State.set({ log: State.state.log === "all" ? "host" : "all" }),
    ],
    [
      "i",
      "i",
      "squeeze long times without events, or show them as long as they are",
      () => Filters.toggleIdle(),
    ],
    ["t", "t", "dark or light", () => Outcome.switchTheme()],
    ["Escape", "Esc", "close what is open, clear the selection, then the filters", escape],
  ];

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.closest("input, select, textarea, pre")) return;
    const tabs = Panels.names();
    if (event.target.closest("[role=tablist]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      const way = event.key === "ArrowRight" ? 1 : -1;
      const tab = tabs[(tabs.indexOf(State.state.tab) + way + tabs.length) % tabs.length];
      State.set({ tab });
      requestAnimationFrame(() => Dom.byId(`tab-${tab}`).focus());
      event.preventDefault();
      return;
    }
    if (/^[1-9]$/.test(event.key) && tabs[Number(event.key) - 1]) {
      State.set({ tab: tabs[Number(event.key) - 1] });
      return;
    }
    const name = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
    const key = KEYS.find(([k]) => k === name);
    if (!key) return;
    event.preventDefault();
    key[3]();
  }

  function start() {
    const rows = KEYS.filter(([, shown]) => shown).map(
      ([, shown, says]) => `<tr><th scope="row"><kbd>${shown}</kbd></th><td>${says}</td></tr>`,
    );
    rows.push(
      `<tr><th scope="row"><kbd>1</kbd>…<kbd>${Panels.names().length}</kbd></th><td>open a panel</td></tr>`,
    );
    const mouse = [
      ["click", "select a thing and move the cursor to it"],
      ["drag", "move the window; on the time axis: move the cursor"],
      ["Shift + drag", "zoom into a range"],
      ["double click", "zoom in"],
      ["wheel", "zoom; with Shift: move the window"],
      ["wheel on the names", "scroll through the hosts"],
      ["drag in the strip", "choose a window of the whole run"],
      ["Alt + click on a kind", "only messages of this kind"],
    ].map(([what, says]) => `<tr><th scope="row">${what}</th><td>${says}</td></tr>`);
    Dom.set(
      Dom.byId("keys"),
      `<div><h3>Keys</h3><table>${rows.join("")}</table></div><div><h3>Mouse</h3><table>${mouse.join("")}</table>` +
        "<h3>Search and filters</h3><p>Hosts are chosen by names, parts of names, ranges and stars: <code>a, h0..h3, relay*</code>. The search takes a time as well: <code>1.5s</code>. " +
        "The address of the page holds the cursor, the window, the selection and the filters: it is a link to this moment.</p></div>",
    );
    document.addEventListener("keydown", press);
    Dom.byId("help-button").addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  return { start };
})();
