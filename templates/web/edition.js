// What the page of an edition does beyond being read: it marks on the map where the reader is, opens what a link leads
// to, narrows the papers down, sorts their table, and asks whoever came by the link of their own mail what they think.
(() => {
  const edition = document.querySelector(".edition");
  if (!edition) return;
  const find = (selector, within = edition) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const papers = new Map(find(".paper").map((paper) => [paper.value, paper]));
  const numbersOf = (part) =>
    part.matches(".paper") ? [part.value] : find("a.cite", part).map((cite) => Number(cite.hash.slice(2)));

  // Where the reader is: the papers of what stands in a narrow band of the window, and their section.
  const inBand = new Set();
  const mark = (selector, isHere) => {
    for (const part of find(selector)) part.classList.toggle("is-here", isHere(part));
  };
  const showPlace = () => {
    const numbers = new Set([...inBand].flatMap(numbersOf));
    const section = [...inBand].map((part) => part.closest("section[id]")).pop();
    if (!section) return;
    mark(".pr-map [id^=m]", (dot) => numbers.has(Number(dot.id.slice(1))));
    mark(".pr-map .area", (area) => area.classList.contains(section.classList[0]));
    for (const link of find(".contents li a"))
      if (link.hash === `#${section.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  };
  const band = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) inBand[isIntersecting ? "add" : "delete"](target);
    showPlace();
  }, { rootMargin: "-20% 0px -72% 0px" });
  for (const part of find(".prose > *, .paper, .body summary h2")) band.observe(part);

  // A citation or a paper that is pointed at shows its dot; from a paper to its dot nothing has to scroll where the map
  // stands beside the text.
  edition.addEventListener("pointerover", (event) => {
    edition.classList.remove("is-quiet");
    const cite = event.target.closest("a.cite, .start a, tr[data-paper], .paper");
    const number = cite && (cite.value || cite.dataset.paper || cite.hash.slice(2));
    mark(".pr-map [id^=m]", (dot) => dot.id === `m${number}`);
    if (!cite) showPlace();
  });
  // Escape takes away what a pointer or the keyboard shows of a statement; the browser closes only what was opened.
  edition.addEventListener("focusin", () => edition.classList.remove("is-quiet"));
  addEventListener("keydown", ({ key: pressed }) => {
    if (pressed === "Escape") edition.classList.add("is-quiet");
  });
  edition.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#m']");
    const dot = link && byId(link.hash.slice(1));
    if (!dot || getComputedStyle(dot.closest(".stays")).position !== "sticky") return;
    event.preventDefault();
    dot.focus({ preventScroll: true });
  });

  const reveal = () => {
    if (takeKey()) ask();
    const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
    if (!target || !edition.contains(target)) return;
    if (target.hidden) clear();
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const own = target.querySelector("details");
    if (own && target.matches(".paper, section")) own.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // A reader's key stands behind the "#" of the link in their mail, which no server is sent. It leaves the address, which
  // people copy, and is kept for this tab alone.
  const { feedback, edition: id, failed } = edition.closest("[data-feedback]")?.dataset ?? {};
  let key = "";
  try {
    key = sessionStorage.getItem("reader") ?? "";
  } catch {} // where a browser keeps nothing, the key lasts as long as the page
  const takeKey = () => {
    const found = /^#reader=([\w.-]+)$/.exec(location.hash);
    if (!found) return false;
    history.replaceState(null, "", location.pathname + location.search);
    key = feedback ? found[1] : "";
    try {
      sessionStorage.setItem("reader", key);
    } catch {}
    return true;
  };

  const groups = new Map(); // by a paper's id
  const groupOf = (paper) => {
    const group = document.createElement("p");
    group.className = "reader-opinions";
    group.lang = document.documentElement.lang;
    group.append(document.createElement("output"));
    group.addEventListener("click", ({ target }) => target.value && ask(target));
    (paper.querySelector(".facts") ?? paper.lastChild).after(group);
    return group;
  };
  const showButtons = (found, pressed) => {
    for (const paper of find("[data-id]")) {
      const offered = found.papers[paper.dataset.id] ?? [];
      if (!groups.has(paper.dataset.id)) groups.set(paper.dataset.id, groupOf(paper));
      const group = groups.get(paper.dataset.id);
      const own = [...group.querySelectorAll("button")];
      offered.forEach(({ value, name, is_said: isSaid }, at) => {
        const button = own[at] ?? document.createElement("button");
        button.type = "button";
        button.value = value;
        button.textContent = name;
        button.setAttribute("aria-pressed", String(isSaid));
        button.setAttribute("aria-label", `${name}: ${paper.querySelector("a[href] bdi").textContent}`);
        if (!own[at]) group.lastChild.before(button);
      });
      group.lastChild.value = pressed && group.contains(pressed) ? found.told : "";
    }
  };
  // One after the other, so that what is shown last is what holds.
  let asked = Promise.resolve();
  const ask = (pressed) => {
    const body = pressed && new URLSearchParams({ do: pressed.value });
    asked = asked.then(async () => {
      try {
        const address = `${feedback}/${key}/editions/${encodeURIComponent(id)}/buttons`;
        const answer = await fetch(address, { method: body ? "POST" : "GET", body });
        if (answer.headers.get("content-type")?.includes("json")) showButtons(await answer.json(), pressed);
        else if (!body) return; // the link is good no longer
        else throw new Error(answer.statusText);
      } catch {
        if (pressed) pressed.parentElement.lastChild.value = failed;
      }
    });
  };

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = find("details:not([open])").filter((fold) => !fold.closest(".compare, .narrowing"));
    for (const fold of folded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of folded) fold.open = false;
  });

  const form = edition.querySelector(".narrowing");
  const rows = new Map(find("tr[data-paper]").map((row) => [Number(row.dataset.paper), row]));
  const narrow = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value);
    let shown = 0;
    for (const [number, paper] of papers) {
      const fits = wanted.every(([name, value]) => paper.dataset[name] === value);
      shown += fits;
      paper.hidden = !fits;
      if (rows.has(number)) rows.get(number).hidden = !fits;
      byId(`m${number}`)?.classList.toggle("is-out", !fits);
    }
    for (const section of find(".body > section[id]")) {
      const own = find(".paper", section);
      section.hidden = wanted.length > 0 && own.every((paper) => paper.hidden);
    }
    for (const prose of find(".prose, #beyond")) prose.hidden = wanted.length > 0; // it speaks of all of them
    form.querySelector("output").value = shown;
    form.querySelector("[type=reset]").hidden = wanted.length === 0;
  };
  const clear = () => {
    form?.reset();
  };
  if (form) {
    form.hidden = false;
    form.addEventListener("input", narrow);
    form.addEventListener("reset", () => setTimeout(narrow));
    form.querySelector(".unfold").addEventListener("click", ({ currentTarget: button }) => {
      const open = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(open));
      for (const fold of find(".paper > .entry > details")) fold.open = open;
    });
  }

  const table = edition.querySelector(".compare table");
  const cellOf = (row, column) => row.cells[column].dataset.order ?? row.cells[column].textContent.trim();
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  for (const head of table?.tHead.rows[0].cells ?? []) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const value = (row) => cellOf(row, head.cellIndex);
      const order = (a, b) =>
        !value(a) - !value(b) || (falls ? -1 : 1) * compare(value(a), value(b)); // what is not known stands last
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
    });
  }
  if (key && feedback && !location.hash.startsWith("#reader=")) ask();
  reveal();
})();
