"use strict";
// Searches what stands in this page: nothing is asked for, and nothing is sent.
(async () => {
  // Kept small: JSON, deflated, in base64.
  const packed = Uint8Array.from(atob(document.getElementById("documents").textContent), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const documents = await new Response(stream).json();
  const box = document.getElementById("query");
  const status = document.getElementById("status");
  const hits = document.getElementById("hits");
  const KINDS = { page: "Page", claim: "Claim", parameters: "Page", table: "Table", column: "Column", row: "Row", source: "Source" };
  const WEIGHTS = { page: 1.3, claim: 1, parameters: .6, table: 1.2, column: .8, row: 1.1, source: .5 };
  const [MOST, WINDOW] = [40, 400]; // hits shown; characters within which words are taken to belong together

  // Small letters without accents, one for one, so that a place found is the place in the text.
  const fold = text => text.replace(/[^\x00-\x7f]/g, c => c.normalize("NFD")[0]).toLowerCase();
  const words = text => [...text.matchAll(/[\p{L}\p{N}]+/gu)];
  const SMALL = new Set("a an and are at by did do does for from had has have how in is it its many much of on or than that the to was were what when where which who whose why with".split(" "));

  // Words that mean nearly the same, and forms that no ending explains.
  const KIN = ["leave left withdraw withdrew withdrawn exit quit renewal", "freeze froze frozen suspend suspension", "join joined accede accession enter",
    "vote voted ballot", "treaty pact", "war conflict clash fighting", "troop soldier personnel", "spend spent expenditure milex", "exercise drill manoeuvre",
    "appeal request ask", "help aid assistance", "usa us american america", "russia russian", "democracy democratic", "licence license", "centre center", "leader president"].map(line => line.split(" ").map(stem));
  function stem(word) {
    let [before, now] = ["", /(ss|us|is)$/.test(word) ? word : word.replace(/ies$/, "y").replace(/s$/, "")];
    while (before !== now) [before, now] = [now, now.replace(/^(...+?)(ation|ion|ing|ed|er|al|e)$/, "$1").replace(/^(....+a)n$/, "$1")];
    return now;
  }
  const related = term => KIN.filter(line => line.includes(stem(term))).flat();

  // Each word, by the entries that have it: [entry, where in its text, or -1 in its title and -2 in what it is a part of].
  const index = new Map();
  documents.forEach((entry, number) => {
    const [, context, title, , text] = entry;
    const add = (word, at) => index.has(word) ? index.get(word).push([number, at]) : index.set(word, [[number, at]]);
    const [inContext, inTitle, inText] = [context, title, text].map(part => words(fold(part)));
    entry.push(1.2 + 5 / (2 + inTitle.length), 1 + 15 / (15 + inText.length)); // a word counts for more where there are few
    entry.push(fold(title));
    for (const [word] of inContext) add(word, -2);
    for (const [word] of inTitle) add(word, -1);
    for (const found of inText) add(found[0], found.index);
  });

  const roots = new Map([...index.keys()].map(word => [word, stem(word)]));
  const ours = new Set((index.get("csto") || []).map(([number]) => number)); // what names the alliance comes first

  // Whether two words differ by one letter more, less or other, or by two that changed places.
  function near(a, b) {
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    const [rest, other] = [a.slice(i), b.slice(i)];
    return [[1, 1], [1, 0], [0, 1]].some(([m, n]) => rest.slice(m) === other.slice(n))
      || (rest[0] === other[1] && rest[1] === other[0] && rest.slice(2) === other.slice(2));
  }
  const frequent = list => list.sort((a, b) => index.get(b).length - index.get(a).length);

  // The words of the texts that a term stands for, and how well; one that begins none stands for the nearest that is there.
  function forms(term) {
    const [own, kin, found] = [stem(term), related(term), new Map()];
    for (const [word, root] of roots) {
      if (word === term) found.set(word, 1);
      else if (root === own) found.set(word, .9);
      else if (kin.includes(root)) found.set(word, .8);
    }
    const whole = found.size > 0;
    for (const word of index.keys()) {
      if (!found.has(word) && word.startsWith(term) && (term.length > 3 || !whole)) found.set(word, .5);
    }
    if (found.size || term.length < 4) return { term, taken: term, found };
    const all = [...index.keys()];
    const close = all.filter(word => near(term, word));
    const [taken] = frequent(close.length ? close : all.filter(word => near(term, word.slice(0, term.length))));
    return taken ? { ...forms(taken), term, taken } : { term, taken: "", found };
  }

  // Entries by how many of the words they have close together, how rare these are and how prominent.
  function rank(asked, phrase) {
    const rated = new Map();
    asked.forEach(({ found }, number) => {
      const having = new Set();
      for (const [word, worth] of found) {
        for (const [entry, at] of index.get(word)) {
          having.add(entry);
          if (!rated.has(entry)) rated.set(entry, []);
          rated.get(entry).push([at, number, worth]);
        }
      }
      asked[number].rare = Math.log(1 + documents.length / (1 + having.size));
    });
    const total = asked.reduce((sum, { rare }) => sum + rare, 0);
    const list = [...rated].map(([number, places]) => {
      const entry = documents[number];
      const best = new Map(); // from titles
      for (const [at, term, worth] of places) {
        if (at < 0) best.set(term, Math.max(best.get(term) || 0, worth * (at === -1 ? entry[5] : .8)));
      }
      const inText = places.filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0]);
      let [sum, all, from] = [0, false, 0];
      for (let first = 0; first < Math.max(1, inText.length); first += 1) {
        const here = new Map();
        let together = 0;
        for (let i = first; i < inText.length && inText[i][0] < inText[first][0] + WINDOW; i += 1) {
          const [at, term, worth] = inText[i];
          here.set(term, Math.max(here.get(term) || 0, worth));
          if (i > first && inText[i - 1][1] === term - 1 && at - inText[i - 1][0] < 14) together = .5;
        }
        let [worth, covered] = [0, 0];
        asked.forEach(({ rare }, term) => {
          if (here.has(term) || best.has(term)) covered += rare;
          worth += rare * ((here.get(term) || 0) * entry[6] + (best.get(term) || 0));
        });
        worth *= (1 + together) * (covered / total) ** 2;
        if (worth > sum) [sum, all, from] = [worth, covered > total - .001, inText.length ? inText[first][0] : 0];
      }
      sum *= WEIGHTS[entry[0]] * (ours.has(number) ? 1.1 : 1) * (asked.length > 1 && entry[7].includes(phrase) ? 2 : 1);
      return { entry, number, all, from, sum };
    });
    // Of one page, table or list, each further place counts a little less: the first ones differ.
    const [seen, order] = [new Map(), (a, b) => b.sum - a.sum || a.number - b.number];
    for (const hit of list.sort(order)) {
      const file = hit.entry[3].split("#")[0];
      seen.set(file, (seen.get(file) || 0) + 1);
      hit.sum *= .9 ** (seen.get(file) - 1);
    }
    list.sort(order);
    return list.filter(hit => hit.all || hit.sum > list[0].sum / 5);
  }

  // Appends a text to an element with the found words marked; text stays text.
  function marked(parent, text, wanted) {
    let done = 0;
    for (const found of words(fold(text)).filter(word => wanted.has(word[0]))) {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(found.index, found.index + found[0].length);
      parent.append(text.slice(done, found.index), mark);
      done = found.index + found[0].length;
    }
    parent.append(text.slice(done));
  }

  function item({ entry: [kind, context, title, link, text], from }, wanted) {
    const line = document.createElement("li");
    const head = document.createElement("a");
    head.href = link;
    marked(head, context ? `${context} · ${title}` : title, wanted);
    const label = document.createElement("span");
    label.className = "tag";
    label.textContent = KINDS[kind];
    const body = document.createElement("p");
    const start = from > 90 ? text.indexOf(" ", from - 90) + 1 : 0;
    const end = start + 260 < text.length ? Math.max(text.lastIndexOf(" ", start + 260), start) : text.length;
    if (start) body.append("… ");
    marked(body, text.slice(start, end), wanted);
    if (end < text.length) body.append(" …");
    line.append(head, " ", label, body);
    return line;
  }

  // What was found, in words; where nothing was, words that begin alike.
  function say(query, asked, found) {
    const changed = asked.filter(({ term, taken }) => taken && taken !== term);
    const quoted = (list, name) => list.map(one => `“${one[name]}”`).join(", ");
    const wrong = changed.length ? `${quoted(changed, "term")} ${changed.length > 1 ? "are" : "is"} nowhere; looked for ${quoted(changed, "taken")}. ` : "";
    const all = found.filter(hit => hit.all).length;
    const places = n => `${n} place${n === 1 ? "" : "s"}`;
    const more = found.length > MOST ? `, the best ${MOST} shown` : "";
    const some = found.length - all;
    if (found.length) {
      status.textContent = wrong + (all
        ? `${places(all)} with ${asked.length === 1 ? "this word" : "all of these words"}${some ? `, ${some} with some` : ""}${more}.`
        : `No place has all of these words; ${places(found.length)} ${found.length === 1 ? "has" : "have"} some${more}.`);
      return;
    }
    const alike = asked.flatMap(({ term }) => term.length > 3 ? frequent([...index.keys()].filter(word => word.slice(0, 4) === term.slice(0, 4))).slice(0, 3) : []);
    status.textContent = `Nothing found for “${query}”. Try fewer or other words, or the name of a state, a place or a year`;
    alike.forEach((word, number) => {
      const link = document.createElement("a");
      link.href = `#q=${encodeURIComponent(word)}`;
      link.textContent = word;
      status.append(number ? ", " : "; words that begin like it: ", link);
    });
    status.append(".");
  }

  function search() {
    const query = box.value.trim();
    const given = [...new Set(words(fold(query).replace(/['’]s\b/g, "")).map(word => word[0]))];
    const telling = given.filter(word => !SMALL.has(word));
    const asked = (telling.length ? telling : given).map(forms);
    hits.replaceChildren();
    try {
      history.replaceState(null, "", query ? "#q=" + encodeURIComponent(query) : "#");
    } catch { /* an address that cannot be changed */ }
    if (!asked.length) {
      status.textContent = query ? "Letters or digits are needed." : "";
      return;
    }
    const found = rank(asked, fold(query));
    say(query, asked, found);
    const wanted = new Set(asked.flatMap(one => [...one.found.keys()]));
    hits.append(...found.slice(0, MOST).map(hit => item(hit, wanted)));
  }

  function fromAddress() {
    const asked = /^#q=(.*)/.exec(location.hash);
    if (asked) {
      try { box.value = decodeURIComponent(asked[1]); } catch { box.value = asked[1]; }
    }
  }

  document.getElementById("without").hidden = true;
  document.getElementById("search").hidden = false;
  fromAddress();
  if (box.value) search();
  box.addEventListener("input", search);
  box.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      const first = hits.querySelector("a");
      if (first) { event.preventDefault(); first.focus(); }
    }
  });
  hits.addEventListener("keydown", event => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...hits.querySelectorAll("a")];
    const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (next < 0 ? box : links[Math.min(next, links.length - 1)]).focus();
  });
  window.addEventListener("hashchange", () => { fromAddress(); search(); });
  box.focus();
})();
