// Shows the reading that is chosen, from what stands in this page: nothing is asked for.
(() => {
  const data = JSON.parse(document.getElementById("readings").textContent);
  const place = document.getElementById("choose");
  const result = document.getElementById("chosen");
  const known = new Map(data.runs.map(run => [run[1], run]));

  const boxes = data.choices.map((choice, at) => {
    const box = make("select");
    choice.values.forEach((text, n) => {
      box.append(make("option", n === choice.default ? `${text} (default)` : text, { value: n }));
    });
    box.value = choice.default;
    box.addEventListener("change", show);
    place.append(labelled(`choice-${at}`, choice.label, box));
    return box;
  });
  const back = make("button", "Back to the default", { type: "button" });
  back.addEventListener("click", () => {
    boxes.forEach((box, at) => { box.value = data.choices[at].default; });
    show();
  });
  place.append(back);

  function command(levels) {
    const changed = data.choices.filter((choice, at) => levels[at] !== choice.default);
    const given = changed.map(choice => `-p ${choice.arguments[levels[data.choices.indexOf(choice)]]}`);
    return [data.command, ...given].join(" ");
  }

  function values(run) {
    const list = make("dl", "", { className: "key-numbers" });
    data.names.forEach((_, at) => {
      const [text, bounds, unit] = [run[3 + at]].flat();
      const pair = make("div");
      const value = make("dd");
      value.append(make("strong", text));
      if (bounds) value.append(" ", make("span", bounds));
      pair.append(make("dt", unit || data.units[at]), value);
      list.append(pair);
    });
    return list;
  }

  function show() {
    const levels = boxes.map(box => Number(box.value));
    const run = known.get(levels.join());
    result.replaceChildren();
    if (run) {
      const answer = run[2] >= 0 ? data.answers[run[2]] : "";
      result.append(make("p", answer || "The answer of this reading is not in this page.", { className: "answer" }));
      result.append(values(run));
      const id = make("p", "Run ");
      id.append(make("code", run[0]));
      result.append(id);
    } else {
      result.append(make("p", "This combination has not been run, failed, or is not in this page.", { className: "answer" }));
    }
    result.append(make("pre", command(levels), { className: "copy" }));
  }

  document.getElementById("explorer-box").hidden = false;
  show();
})();
