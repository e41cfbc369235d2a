// Finds elements and makes markup. All text of the document passes through `escape`.
const Dom = (() => {
  const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => ESCAPES[c]);
  const byId = (id) => document.getElementById(id);
  const number = (n) => n.toLocaleString("en-US");
  const plural = (n, one, many) => `${number(n)} ${n === 1 ? one : many || one + "s"}`;

  /** Sets the markup of an element unless it is there already. */
  function set(element, markup) {
    if (element.lastMarkup !== markup) {
      element.lastMarkup = markup;
      element.innerHTML = markup;
    }
  }

  /** A button that picks a thing, moves the cursor, or both. `label` is text. */
  function link(label, { pick, at, only, tab, title, className }) {
    const attributes = [
      `class="link ${className || ""}"`,
      pick ? `data-pick="${escape(pick)}"` : "",
      at !== undefined && at !== null ? `data-at="${at}"` : "",
      only !== undefined ? `data-only="${escape(only)}"` : "",
      tab ? `data-tab="${escape(tab)}"` : "",
      title ? `title="${escape(title)}"` : "",
    ];
    return `<button type="button" ${attributes.filter(Boolean).join(" ")}>${escape(label)}</button>`;
  }

  /** The index of the first of `length` items for which `test` is true; they are sorted so. */
  function firstIndex(length, test) {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

  return { escape, byId, number, plural, set, link, firstIndex, clamp };
})();
