// The head of the page: what came of the run, its report, what is left out, how to repeat it.
const Outcome = (() => {
  function head() {
    const outcome = Doc.outcome || {};
    const [mark, word] = {
      true: ["✓", "passed"],
      false: ["✕", "failed"],
    }[String(outcome.passed)] || ["○", "recorded"];
    // What the test says of its outcome, if it expects failures.
    const { verdict } = outcome;
    const [sign, words, name] = !verdict
      ? [mark, word, word]
      : verdict.ok
        ? ["≈", verdict.says, "expected"]
        : ["✕", verdict.says, "failed"];
    document.title = `${sign} ${Doc.title}`;
    const badge = Dom.byId("badge");
    badge.className = name;
    badge.textContent = `${sign} ${words}`;
    Dom.byId("title").textContent = Doc.title;
    Dom.byId("about").textContent = Doc.about || "";
    // The badge says already that it has passed.
    Dom.byId("says").textContent = outcome.says === "passed" ? "" : outcome.says || "";
    const facts = [
      ["hosts", Dom.number(Model.hosts.length)],
      ["duration", Time.words(Model.end)],
      ["events", Dom.number(Doc.events || 0)],
      ["seed", Doc.seed],
      ["transport", Doc.transport],
      ["digest", Doc.digest ? Doc.digest.slice(0, 12) : ""],
      ["dht-harness", Doc.harness],
    ];
    Dom.set(
      Dom.byId("facts"),
      facts
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(
          ([name, value]) =>
            `<span title="${name === "digest" ? Dom.escape(Doc.digest) : ""}"><b>${name}</b> ${Dom.escape(value)}</span>`,
        )
        .join(""),
    );
  }

  function folds() {
    const fold = (id, summary, body) =>
      `<details id="${id}"><summary>${summary}</summary>${body}</details>`;
    const parts = [];
    if (Doc.outcome && Doc.outcome.report)
      parts.push(
        fold("report", "Report", `<pre tabindex="0">${Dom.escape(Doc.outcome.report)}</pre>`),
      );
    if (Doc.reproduce)
      parts.push(
        fold(
          "reproduce",
          "Reproduce",
          `<pre tabindex="0">${Dom.escape(Doc.reproduce)}</pre><button type="button" class="button" id="copy">Copy</button>`,
        ),
      );
    if (Doc.left_out.length) {
      const rows = Doc.left_out
        .map(
          (l) =>
            `<tr><td>${Dom.number(l.count)} ${Dom.escape(l.what)}</td><td>${Describe.atLink(l.from)}</td><td>${Describe.atLink(l.to)}</td><td>${Dom.escape(l.why)}</td></tr>`,
        )
        .join("");
      const sum = Doc.left_out.reduce((all, l) => all + l.count, 0);
      parts.push(
        fold(
          "left-out",
          `Left out (${Dom.number(sum)})`,
          `<table><thead><tr><th>what</th><th>from</th><th>to</th><th>why</th></tr></thead><tbody>${rows}</tbody></table>`,
        ),
      );
    }
    Dom.set(Dom.byId("folds"), parts.join(""));
    const copy = Dom.byId("copy");
    if (copy) copy.addEventListener("click", () => copyText(Doc.reproduce, copy));
    // One is open at a time: they lie over the page.
    const all = [...Dom.byId("folds").querySelectorAll("details")];
    for (const one of all)
      one.addEventListener("toggle", () => {
        if (one.open) for (const other of all) if (other !== one) other.open = false;
      });
  }

  /** Copies a text and says so on the button. */
  function copyText(text, button) {
    const said = button.textContent;
    const done = (word) => {
      button.textContent = word;
      setTimeout(() => {
        button.textContent = said;
      }, 1500);
    };
    if (!navigator.clipboard) done("select and copy");
    else
      navigator.clipboard.writeText(text).then(
        () => done("copied"),
        () => done("select and copy"),
      );
  }

  const STORE = "dht-harness-view-theme";
  function setTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    try {
      if (theme) localStorage.setItem(STORE, theme);
    } catch {
      /* A page that is opened from disk may have no storage. */
    }
  }
  /** Changes between dark and light. */
  function switchTheme() {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    setTheme(dark ? "light" : "dark");
    State.redraw();
  }

  function start() {
    head();
    folds();
    let stored = null;
    try {
      stored = localStorage.getItem(STORE);
    } catch {
      /* See above. */
    }
    if (stored === "dark" || stored === "light") setTheme(stored);
    Dom.byId("theme").addEventListener("click", switchTheme);
    Dom.byId("share").addEventListener("click", () =>
      copyText(location.href.split("#")[0] + Link.write(), Dom.byId("share")),
    );
  }

  return { start, switchTheme };
})();
