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
  const KINDS = { page: "Page", table: "Table", column: "Column", row: "Row", source: "Source" };
  const WEIGHTS = { page: 1.3, table: 1.6, column: 1, row: 1, source: 0.8 };
  const MOST = 40;

  // Small letters without accents, one for one, so that a place found is the place in the text.
  const fold = text => text.replace(/[^\x00-\x7f]/g, c => c.normalize("NFD")[0]).toLowerCase();
  const LETTER = /[\p{L}\p{N}]/u;
  const terms = query => [...new Set(fold(query).match(/[\p{L}\p{N}]+/gu) || [])];

  for (const entry of documents) entry.push(fold(entry[1]), fold(entry[3]));

  // Where a term begins a word.
  function places(text, term) {
    const found = [];
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
      if (at === 0 || !LETTER.test(text[at - 1])) found.push(at);
    }
    return found;
  }

  // Whether two words differ by one letter more, less or other, or by two that changed places.
  function near(a, b) {
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    const [rest, other] = [a.slice(i), b.slice(i)];
    return [[1, 1], [1, 0], [0, 1]].some(([m, n]) => rest.slice(m) === other.slice(n))
      || (rest[0] === other[1] && rest[1] === other[0] && rest.slice(2) === other.slice(2));
  }

  // A word that begins none is taken for the nearest that is there, the most frequent of several.
  let counts;
  function mended(term) {
    counts ||= documents.reduce((all, entry) => {
      for (const word of terms(`${entry[1]} ${entry[3]}`)) all.set(word, (all.get(word) || 0) + 1);
      return all;
    }, new Map());
    if (term.length < 4 || [...counts.keys()].some(word => word.startsWith(term))) return term;
    const close = [...counts.keys()].filter(word => near(term, word));
    const begun = close.length ? close : [...counts.keys()].filter(word => near(term, word.slice(0, term.length)));
    return begun.sort((a, b) => counts.get(b) - counts.get(a))[0] || term;
  }

  // How many of the words are there, and how prominently.
  function rate(entry, order, wanted, phrase) {
    const [kind, , , , title, text] = entry;
    let words = 0;
    let sum = 0;
    for (const term of wanted) {
      const inTitle = places(title, term).length;
      const inText = places(text, term).length;
      if (inTitle || inText) words += 1;
      sum += 6 * Math.min(inTitle, 2) + Math.min(inText, 5);
    }
    if (wanted.length > 1) sum += (title.includes(phrase) ? 12 : 0) + (text.includes(phrase) ? 6 : 0);
    return { entry, order, words, sum: sum * WEIGHTS[kind] };
  }

  function verdict(query, found, wanted, all, asked) {
    const wrong = asked.filter(term => !wanted.includes(term)).map(term => `“${term}”`);
    const right = wanted.filter(term => !asked.includes(term)).map(term => `“${term}”`);
    const taken = wrong.length ? `${wrong.join(", ")} ${wrong.length > 1 ? "are" : "is"} nowhere; looked for ${right.join(", ")}. ` : "";
    if (!found) return `Nothing found for “${query}”. Try fewer words, or the beginning of one.`;
    const places = `${found} place${found === 1 ? "" : "s"}`;
    const which = wanted.length === 1 ? "with this word" : "with all of these words";
    const most = found > MOST ? `, the best ${MOST} shown` : "";
    return taken + (all
      ? `${places} ${which}${most}.`
      : `No place has all of these words; ${places} ${found === 1 ? "has" : "have"} some${most}.`);
  }

  // Appends a text to an element with the found words marked; text stays text.
  function marked(parent, text, folded, wanted) {
    const spans = wanted.flatMap(term => places(folded, term).map(at => [at, at + term.length]));
    let done = 0;
    for (const [from, to] of spans.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
      if (from < done) continue;
      parent.append(text.slice(done, from));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      parent.append(mark);
      done = to;
    }
    parent.append(text.slice(done));
  }

  // A piece of the text, from where most of the words stand close together.
  function excerpt(text, folded, wanted) {
    const spots = wanted.flatMap(term => places(folded, term).map(at => [at, term]));
    const near = at => new Set(spots.filter(s => s[0] >= at && s[0] < at + 150).map(s => s[1])).size;
    let [best, first] = [0, folded.length];
    for (const [at] of spots.sort((a, b) => a[0] - b[0])) {
      if (near(at) > best) [best, first] = [near(at), at];
    }
    let from = first < folded.length ? Math.max(0, first - 90) : 0;
    if (from) from = text.indexOf(" ", from) + 1;
    let to = Math.min(text.length, from + 260);
    if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from);
    return [from, to];
  }

  function item([kind, title, link, text, foldedTitle, folded], wanted) {
    const line = document.createElement("li");
    const head = document.createElement("a");
    head.href = link;
    marked(head, title, foldedTitle, wanted);
    const label = document.createElement("span");
    label.className = "tag";
    label.textContent = KINDS[kind];
    const body = document.createElement("p");
    const [from, to] = excerpt(text, folded, wanted);
    if (from) body.append("… ");
    marked(body, text.slice(from, to), folded.slice(from, to), wanted);
    if (to < text.length) body.append(" …");
    line.append(head, " ", label, body);
    return line;
  }

  function search() {
    const query = box.value.trim();
    const asked = terms(query);
    const wanted = [...new Set(asked.map(mended))];
    hits.replaceChildren();
    try {
      history.replaceState(null, "", query ? "#q=" + encodeURIComponent(query) : "#");
    } catch { /* an address that cannot be changed */ }
    if (!wanted.length) {
      status.textContent = query ? "Letters or digits are needed." : "";
      return;
    }
    const rated = documents
      .map((entry, order) => rate(entry, order, wanted, fold(query)))
      .filter(hit => hit.words)
      .sort((a, b) => b.words - a.words || b.sum - a.sum || a.order - b.order);
    const complete = rated.filter(hit => hit.words === wanted.length);
    const found = complete.length ? complete : rated;
    const shown = found.slice(0, MOST);
    status.textContent = verdict(query, found.length, wanted, complete.length > 0, asked);
    hits.append(...shown.map(hit => item(hit.entry, wanted)));
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
