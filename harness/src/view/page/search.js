// Finds hosts, peers, keys, queries, faults, checks, steps and lines of the log by a text.
const Search = (() => {
  const MOST = 60;
  const input = Dom.byId("search");
  const list = Dom.byId("results");
  let results = [];
  let total = 0;
  let at = -1;

  function find(text) {
    const needle = text.trim().toLowerCase();
    results = [];
    total = 0;
    at = -1;
    if (!needle) return;
    const take = (sort, label, pick, moment, ...texts) => {
      if (!texts.some((t) => t && String(t).toLowerCase().includes(needle))) return;
      total++;
      if (results.length < MOST) results.push({ sort, label, pick, moment });
    };
    const moment = Time.parse(text);
    if (moment !== null && moment <= Model.end) {
      total++;
      results.push({ sort: "time", label: Time.exact(moment), pick: null, moment });
    }
    Model.hosts.forEach((h, n) =>
      take("host", h.name, { kind: "host", n }, null, h.name, h.peer, h.address, h.id, Describe.behind(n)),
    );
    Model.keys.forEach((k, n) => take("key", k.text, { kind: "key", n }, null, k.text, k.id));
    Model.checks.forEach((c, n) =>
      take(
        "check",
        c.invariant,
        { kind: "check", n },
        c.at,
        c.invariant,
        c.kind,
        c.expected,
        c.seen,
      ),
    );
    Model.faults.forEach((f, n) =>
      take("fault", Describe.faultName(f), { kind: "fault", n }, f.from, f.says, f.id, f.kind),
    );
    Model.queries.forEach((q, n) =>
      take(
        "query",
        `${Describe.host(q.host)}: ${Describe.queryName(q)}`,
        { kind: "query", n },
        q.from,
        Describe.queryName(q),
        q.steps.map((s) => s.says).join("\n"),
      ),
    );
    Model.steps.forEach((s, n) =>
      take("step", s.says, { kind: "step", n }, s.at, s.says, s.failed),
    );
    for (const line of Model.log)
      take(
        "log",
        `${line[1] >= 0 ? `${Describe.host(line[1])} ` : ""}${line[3]}`,
        null,
        line[0],
        line[3],
        line[2],
      );
  }

  function draw() {
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", !list.hidden);
    const rows = results
      .map(
        (r, i) =>
          `<li role="option" id="result-${i}" aria-selected="${i === at}" data-i="${i}"><b>${r.sort}</b><span>${Dom.escape(r.label)}</span><time>${r.moment === null ? "" : Time.words(r.moment)}</time></li>`,
      )
      .join("");
    const more = total > results.length ? `, the first ${results.length} shown` : "";
    Dom.set(
      list,
      `<li class="count">${total ? Dom.plural(total, "result") : "nothing found"}${more}</li>${rows}`,
    );
    const chosen = list.querySelector('[aria-selected="true"]');
    if (chosen) chosen.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", at >= 0 ? `result-${at}` : "");
  }

  /** Goes to the next or previous result, around the ends. */
  function go(way) {
    if (!results.length) return;
    choose((at + way + results.length) % results.length);
    draw();
  }

  function choose(i) {
    at = i;
    const { pick, moment } = results[i];
    if (pick) {
      State.choose(pick);
      if (pick.kind === "host") requestAnimationFrame(() => Diagram.reveal(pick.n));
    }
    if (moment !== null) State.moveTo(moment);
  }

  const close = () => {
    list.hidden = true;
  };

  function start() {
    let timer = 0;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        find(input.value);
        draw();
      }, 120);
    });
    input.addEventListener("focus", () => {
      if (input.value.trim()) draw();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") go(event.shiftKey ? -1 : 1);
      else if (event.key === "ArrowUp") go(-1);
      else if (event.key === "Escape") {
        close();
        input.blur();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-i]");
      if (!row) return;
      choose(Number(row.dataset.i));
      close();
    });
    input.addEventListener("blur", close);
  }

  return { start, go, focus: () => input.select() };
})();
