// Lets a reader choose the year of a figure, and a state whose ties it shows: nothing is asked for.
(() => {
  const list = (text, between) => (text || "").split(between).filter(Boolean);

  for (const figure of document.querySelectorAll("[data-alive]")) {
    const { years, year: first } = JSON.parse(figure.dataset.alive);
    const notes = new Map(years);
    const marks = [...figure.querySelectorAll("svg g[data-years], svg g[data-of]")].map(mark => ({
      mark,
      spans: list(mark.dataset.years, " ").map(span => span.split("-").map(Number)),
      apart: mark.dataset.years === "chosen",
      of: list(mark.dataset.of, "; "),
      says: mark.querySelector(":scope > title")?.textContent,
    }));
    const states = [...new Set(marks.flatMap(one => one.of))].sort((a, b) => a.localeCompare(b));
    const controls = make("div", "", { className: "filters" });
    const add = (label, element, className) => {
      controls.append(labelled(`${figure.id}-${label.toLowerCase()}`, label, element, className));
      return element;
    };

    const ends = { min: years.at(0)?.[0], max: years.at(-1)?.[0] };
    const slider = years.length > 1 && add("Year", make("input", "", { type: "range", ...ends, value: first }), "year");
    const state = states.length && add("State", make("select"));
    if (!slider && !state) continue;
    if (state) state.append(make("option", "all", { value: "" }), ...states.map(name => make("option", name, { value: name })));
    const back = make("button", "Reset", { type: "button" });
    const status = make("p");
    status.setAttribute("role", "status");
    controls.append(back, status);
    figure.querySelector("figcaption").before(controls);

    function show() {
      const year = slider ? Number(slider.value) : first;
      const chosen = state ? state.value : "";
      for (const { mark, spans, apart, of } of marks) {
        const there = apart ? of.includes(chosen) : !spans.length || spans.some(span => span[0] <= year && year <= span.at(-1));
        mark.setAttribute("display", there ? "inline" : "none");
      }
      const ties = marks.filter(({ mark, of }) => of.includes(chosen) && mark.getAttribute("display") === "inline");
      const near = new Set(ties.flatMap(one => one.of));
      for (const { mark, of } of marks) {
        mark.classList.toggle("chosen", of.length > 1 ? of.includes(chosen) : near.has(of[0]));
      }
      figure.classList.toggle("choosing", Boolean(chosen));
      const told = [...new Set(ties.sort((a, b) => a.of.length - b.of.length).map(one => one.says).filter(Boolean))];
      const parts = slider ? [`${year}: ${notes.get(year) || "nothing is known."}`] : [];
      if (chosen) parts.push(`${told.join("; ") || `${chosen}: nothing${slider ? " in this year" : ""}`}.`);
      status.textContent = parts.join(" ");
    }

    function reset() {
      if (slider) slider.value = first;
      if (state) state.value = "";
      show();
    }

    // A click on a mark chooses its state, a second one all states again.
    figure.addEventListener("click", event => {
      const [name] = list(event.target.closest("g[data-of]")?.dataset.of, "; ");
      if (!state || !name) return;
      state.value = state.value === name ? "" : name;
      show();
    });
    if (slider) slider.addEventListener("input", show);
    if (state) state.addEventListener("change", show);
    back.addEventListener("click", reset);
    show();
  }
})();
