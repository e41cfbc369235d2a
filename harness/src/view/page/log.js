// The events of the trace in words, around the cursor.
const Log = (() => {
  const box = Dom.byId("log-lines");

  /** The lines that are shown: all, or those of the host that is shown. */
  function lines() {
    const { log, host } = State.state;
    return log === "host" ? Model.log.filter((line) => line[1] === host) : Model.log;
  }

  function draw() {
    const { cursor, log, host, paper } = State.state;
    const most = paper ? 36 : 160;
    const all = lines();
    const next = Dom.firstIndex(all.length, (i) => all[i][0] > cursor);
    const first = Dom.clamp(next - most / 2, 0, Math.max(0, all.length - most));
    const shown = all.slice(first, first + most);
    const now = '<li class="now" aria-label="cursor"></li>';
    const rows = shown
      .map(([at, h, kind, text], i) => {
        const here = at === cursor ? " here" : "";
        const after = first + i >= next ? " after" : "";
        const mark = first + i === next ? now : "";
        return `${mark}<li class="${here}${after}" data-at="${at}"><time>${Time.clock(at)}</time><b>${h >= 0 ? Dom.escape(Describe.host(h)) : ""}</b><i>${Dom.escape(kind)}</i><span title="${Dom.escape(text)}">${Dom.escape(text)}</span></li>`;
      })
      .join("");
    const tail = next >= first + shown.length ? now : "";
    Dom.set(box, rows + tail || '<li class="empty">no events</li>');
    const middle = box.querySelector(".now");
    if (middle) box.scrollTop = middle.offsetTop - box.clientHeight / 2;
    Dom.set(
      Dom.byId("log-count"),
      `${Dom.plural(all.length, "event")}${all.length > most ? `, ${most} around the cursor` : ""}`,
    );
    const own = Dom.byId("log-host");
    own.setAttribute("aria-pressed", log === "host");
    own.textContent = `only ${Model.hosts.length ? Describe.host(host) : "one host"}`;
  }

  /** The time of the next or previous event from the cursor, or null. */
  function step(way) {
    const all = lines();
    const { cursor } = State.state;
    const next = Dom.firstIndex(all.length, (i) => all[i][0] > cursor);
    if (way > 0) return next < all.length ? all[next][0] : null;
    const here = Dom.firstIndex(all.length, (i) => all[i][0] >= cursor);
    return here > 0 ? all[here - 1][0] : null;
  }

  function start() {
    State.listen(["cursor", "log", "host"], (what) => {
      if (
        what.has("host") &&
        !what.has("cursor") &&
        !what.has("log") &&
        !what.has("all") &&
        State.state.log === "all"
      ) {
        Dom.byId("log-host").textContent = `only ${Describe.host(State.state.host)}`;
        return;
      }
      draw();
    });
    Dom.byId("log-host").addEventListener("click", () =>
      State.set({ log: State.state.log === "all" ? "host" : "all" }),
    );
  }

  return { start, step };
})();
