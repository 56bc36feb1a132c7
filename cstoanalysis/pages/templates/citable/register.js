// Filters the registers and lists of a page, from what stands in them: nothing is asked for.
(() => {
  const fold = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const text = cell => cell.textContent.trim();

  for (const frame of document.querySelectorAll("[data-filters]")) {
    const heads = [...frame.querySelectorAll("thead th")].map(text);
    const rows = [...frame.querySelectorAll("tbody tr, li")].map(row => {
      const cells = [...row.children].map(text);
      [...row.children].forEach((cell, n) => { if (heads[n]) cell.dataset.head = heads[n]; });
      return { row, cells, words: fold(cells.join(" ")) };
    });
    const controls = make("div", "", { className: "filters" });
    const add = (label, element) => {
      controls.append(labelled(`${frame.id}-${label}`, label, element));
      return element;
    };

    const box = add("Words", make("input", "", { type: "search" }));
    const choices = frame.dataset.filters.split(" ").filter(Boolean).map(Number).map(column => {
      const choice = add(heads[column], make("select"));
      choice.append(make("option", "all", { value: "" }));
      for (const value of [...new Set(rows.map(one => one.cells[column]))].sort()) {
        choice.append(make("option", value, { value }));
      }
      return { column, choice };
    });
    const all = make("button", "Show all", { type: "button" });
    const status = make("p");
    status.setAttribute("role", "status");
    controls.append(all, status);
    frame.before(controls);

    function show() {
      const wanted = fold(box.value).split(/\s+/).filter(Boolean);
      let found = 0;
      for (const { row, cells, words } of rows) {
        const fits = choices.every(({ column, choice }) => !choice.value || cells[column] === choice.value);
        row.hidden = !(fits && wanted.every(word => words.includes(word)));
        found += !row.hidden;
      }
      status.textContent = `${found} of ${rows.length} shown.`;
    }

    function clear() {
      box.value = "";
      for (const { choice } of choices) choice.value = "";
      show();
    }

    // An address that leads to a row shows it, whatever is filtered.
    function follow() {
      const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (asked && asked.hidden && frame.contains(asked)) {
        clear();
        asked.scrollIntoView();
      }
    }

    box.addEventListener("input", show);
    for (const { choice } of choices) choice.addEventListener("change", show);
    all.addEventListener("click", clear);
    window.addEventListener("hashchange", follow);
    show();
  }
})();
