// The bar of controls: what is shown in the diagram. Its marks are the legend as well.
const Filters = (() => {
  const LAYERS = {
    messages: ["messages", `<path class="line k0" d="${Marks.arrow(2, 11, 15, 3, 5)}"/>`],
    connections: [
      "connections",
      '<g class="connection"><path class="way" d="M3 2L8 11"/><rect class="track" x="8" y="10" width="9" height="2.5"/></g>',
    ],
    queries: [
      "queries",
      '<g class="query ok"><rect x="2" y="3" width="14" height="8" rx="2"/></g>',
    ],
    faults: [
      "faults",
      '<g class="fault-name"><rect x="2" y="2" width="14" height="10" rx="2"/></g>',
    ],
    steps: [
      "steps",
      '<g class="step"><path class="flag" d="M6 2v11M6 2.5h6l-2 2.5l2 2.5h-6z"/></g>',
    ],
    left: [
      "left out",
      '<g class="left-out"><rect x="2" y="2" width="14" height="10" fill="url(#hatch)"/></g>',
    ],
  };
  const SIGNS = [
    [`<path class="line k0" d="M2 11L14 3" stroke-dasharray="4 2.5"/>`, "answer (dashed)"],
    [
      `<g class="message lost"><path class="line" d="M2 12L10 6"/><path class="loss" d="${Marks.cross(12, 4, 3)}"/></g>`,
      "never arrived",
    ],
    [
      `<g class="message k0 open"><path class="line" d="M2 12L12 4"/><circle class="going" cx="13" cy="4" r="3"/></g>`,
      "under way at the end",
    ],
    [
      `<g class="message dropped"><path class="line" d="M2 12L12 5"/>${Marks.dropped(12, 5, 4)}</g>`,
      "dropped by its host, not by the network",
    ],
    [
      `<g class="message k8 unopened"><path class="line" d="M2 12L11 6"/><path class="none" d="${Marks.shape(1, 12, 5, 3)}"/></g>`,
      "stream never agreed on: no request was sent",
    ],
    [
      '<g class="message k9 refused"><path class="line" d="M2 12L12 4"/><path class="refusal" d="M7 4h10"/></g>',
      "stream refused: no such protocol",
    ],
    [
      `<g class="message k0 late"><path class="line" d="M1 12L17 2"/>${Marks.hourglass(9, 7, 3)}</g>`,
      "delayed by a fault",
    ],
    [
      `<g class="message k0 late"><path class="hold" d="M3 11H13"/>${Marks.hourglass(4, 10, 3)}<path class="line" d="M13 11L17 1"/></g>`,
      "held back by its host (without an arrow: to the end of the run)",
    ],
    ['<g class="dial ok"><path class="tip" d="M5 2h7L8.500 12z"/></g>', "dial"],
    [
      `<g class="dial failed"><path class="tip" d="M1 0h7L4.500 8z"/><path class="cross" d="${Marks.cross(4.5, 11, 2.5)}"/><path class="wait-failed" d="M7 11H17m0 -3v6"/></g>`,
      "failed dial, with a line to the moment at which it failed",
    ],
    [
      '<g class="dial merged"><path class="tip" d="M5 2h7L8.500 12z"/></g>',
      "dial that became the connection of the other side's dial (hollow)",
    ],
    ['<text class="address-kind" x="2" y="11">ws</text>', "kind of address, unless it is TCP over IPv4"],
    [
      '<g class="connection"><rect class="track" x="1" y="6" width="13" height="2.5"/><path class="end" d="M14 3v8"/></g>',
      "connection closed",
    ],
    [
      `<g class="connection"><rect class="track" x="1" y="6" width="12" height="2.5"/><path class="end lost" d="${Marks.cross(14, 7, 3)}"/></g>`,
      "connection lost",
    ],
    [
      '<g class="connection"><rect class="track" x="1" y="6" width="7" height="2.5"/><rect class="outliving" x="8" y="5.500" width="9" height="3.500"/></g>',
      "connection that outlives its host",
    ],
    [
      '<g class="connection"><rect class="track" x="1" y="2" width="16" height="2.5"/><text class="connection-name" x="1" y="13">#1</text></g>',
      "number of a connection",
    ],
    [
      '<g class="connection relayed"><path class="way" d="M2 2L9 7L16 2"/><circle class="relay" cx="9" cy="7" r="4"/><circle class="relay-core" cx="9" cy="7" r="1.5"/></g>',
      "relayed connection, with a ring at its relay",
    ],
    [
      '<g class="connection relayed"><rect class="track" x="1" y="6" width="16" height="2.5"/></g>',
      "end of a relayed connection (hollow)",
    ],
    [`<g class="connection relayed">${Links.punchMark(9, 7, true)}</g>`, "end of a hole punch, crossed if it failed"],
    ['<g class="step"><path class="flag" d="M6 1v12M6 1.500h6l-2 2.500l2 2.500h-6z"/></g>', "step of the test; +2: two more at this time"],
    [
      `<g class="query failed"><rect x="2" y="3" width="14" height="8" rx="2"/><path class="cross" d="${Marks.cross(12, 7, 2.5)}"/></g>`,
      "failed query",
    ],
    [
      '<g class="query open"><rect x="2" y="3" width="14" height="8" rx="2"/></g>',
      "query that still runs at the end (dotted)",
    ],
    [
      '<g class="fault"><rect x="1" y="2" width="11" height="10"/><rect x="6" y="2" width="11" height="10"/></g>',
      "faults of a host; darker where several are in force",
    ],
    [
      '<g class="lane"><rect class="life" x="0" y="5.500" width="13" height="3"/><rect class="death closed" x="12" y="1" width="3" height="12"/></g>',
      "host closed",
    ],
    [
      `<g class="lane"><rect class="life" x="0" y="5.500" width="11" height="3"/><path class="death bad" d="${Marks.cross(12, 7, 4.5)}"/></g>`,
      "host crashed",
    ],
    [
      '<g class="lane"><rect class="life" x="0" y="5.500" width="18" height="3"/><rect class="client" x="6" y="6.250" width="12" height="1.500"/></g>',
      "server, then client mode (hollow)",
    ],
    [
      `<g class="check"><path class="diamond" d="${Marks.diamond(9, 7, 4.5)}"/></g>`,
      "failed check",
    ],
  ];

  function kinds() {
    const { hidden } = State.state;
    return Model.kinds
      .map((kind, n) =>
        !Model.usedKinds.has(n)
          ? ""
          : `<button type="button" class="toggle" data-kind="${n}" aria-pressed="${!hidden.has(n)}" title="show or hide ${Dom.escape(kind)} (only this one with Alt)">${Marks.kindIcon(n)}${Dom.escape(kind)}</button>`,
      )
      .join("");
  }

  function layers() {
    return Object.entries(LAYERS)
      .filter(([name]) => exists(name))
      .map(
        ([name, [label, icon]]) =>
          `<button type="button" class="toggle" data-layer="${name}" aria-pressed="${State.state.layers[name]}" title="show or hide ${label}">${Marks.icon(icon)}${label}</button>`,
      )
      .join("");
  }
  const exists = (name) =>
    ({
      messages: Model.messageCount,
      connections: Model.connections.length,
      queries: Model.queries.length,
      faults: Model.faults.length,
      steps: Model.steps.length,
      left: Doc.left_out.length,
    })[name] > 0;

  function only() {
    const { only: thing, pick } = State.state;
    const parts = [];
    if (thing) {
      const { title } = Describe.thing(thing);
      parts.push(
        Dom.link(
          `only ${thing.kind === "query" ? "query " : thing.kind === "host" ? "host " : ""}${title} ✕`,
          { only: "", className: "button chip", title: "show all messages again" },
        ),
      );
    } else if (canBeOnly(pick)) {
      parts.push(
        Dom.link(`only this ${pick.kind}`, {
          only: `${pick.kind}:${pick.n}`,
          className: "button",
          title: "only its messages (s)",
        }),
      );
    }
    Dom.set(Dom.byId("only"), parts.join(""));
    const matter = Dom.byId("matter");
    matter.setAttribute("aria-pressed", State.state.matter);
    matter.disabled = !pick && !State.state.matter;
  }

  /** Whether messages of this thing alone can be shown: those on a relayed connection are
   *  encrypted, and a failed dial has none. */
  const canBeOnly = (pick) =>
    pick !== null &&
    ["query", "connection", "host"].includes(pick.kind) &&
    !(pick.kind === "connection" && Model.connections[pick.n].n === null);

  /** Shows only the selected query, connection or host; again: shows all. */
  function toggleOnly() {
    const { only: thing, pick } = State.state;
    if (thing) State.set({ only: null });
    else if (canBeOnly(pick)) State.set({ only: pick });
  }

  function click(event) {
    const button = event.target.closest("[data-kind], [data-layer]");
    if (!button) return;
    const { hidden, layers: on } = State.state;
    if (button.dataset.layer)
      State.set({ layers: { ...on, [button.dataset.layer]: !on[button.dataset.layer] } });
    else {
      const n = Number(button.dataset.kind);
      const all = Model.kinds.map((_, i) => i);
      const next = new Set(hidden);
      if (event.altKey) {
        const alone = !hidden.has(n) && hidden.size === all.length - 1;
        State.set({ hidden: new Set(alone ? [] : all.filter((i) => i !== n)) });
        return;
      }
      if (!next.delete(n)) next.add(n);
      State.set({ hidden: next });
    }
  }

  function start() {
    State.listen(["hidden", "layers"], () =>
      Dom.set(
        Dom.byId("kinds"),
        layers() + (Model.messageCount ? `<span class="gap"></span>${kinds()}` : ""),
      ),
    );
    State.listen(["only", "pick", "matter"], only);
    Dom.byId("kinds").addEventListener("click", click);
    Dom.set(
      Dom.byId("signs"),
      SIGNS.map(([icon, text]) => `<span>${Marks.icon(icon)}${text}</span>`).join(""),
    );
    const input = Dom.byId("hosts");
    input.addEventListener("input", () =>
      State.set({ hosts: input.value, folded: input.value.trim() !== "" || State.state.folded }),
    );
    State.listen(["hosts"], () => {
      if (input.value !== State.state.hosts) input.value = State.state.hosts;
    });
    const idle = Dom.byId("idle");
    idle.disabled = !Axis.possible;
    idle.addEventListener("click", toggleIdle);
    State.listen(["squeeze"], () =>
      idle.setAttribute("aria-pressed", State.state.squeeze && Axis.possible),
    );
    Dom.byId("matter").addEventListener("click", toggleMatter);
  }

  /** Squeezes long idle times; again: shows them as long as they are. */
  function toggleIdle() {
    if (Axis.possible) State.set({ squeeze: !State.state.squeeze });
  }

  /** Shows only the hosts that matter to the selection; again: shows all. */
  function toggleMatter() {
    const matter = !State.state.matter;
    State.set({ matter, folded: matter || State.state.folded });
  }

  return { start, canBeOnly, toggleOnly, toggleMatter, toggleIdle };
})();
