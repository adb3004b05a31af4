// What one sees: a file, a key, checkpoints; the verdict of each claim. Nothing of a file is ever taken for HTML.
"use strict";

const MOST = 1024 * 1024 * 1024, MOST_SHOWN = 2000;
const MARKS = { ok: "✓", fails: "✗", open: "!", none: "–" };

if (typeof document !== "undefined") {
  const at = (id) => document.getElementById(id);
  let given = null, turn = 0;

  const element = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: plain(text) }, more);
  const both = (name, zh, en, more = {}) => {
    const made = element(name, zh, more);
    made.append(" ", element("span", en, { lang: "en" }));
    return made;
  };

  function show(...parts) {
    at("result").replaceChildren(...parts);
  }

  function tableOf(heads, rows) {
    const made = element("table", "", { className: "lines" }), head = element("tr");
    for (const one of heads) head.append(element("th", one));
    made.append(head);
    for (const row of rows.slice(0, MOST_SHOWN)) {
      const line = element("tr");
      row.forEach((one) => line.append(element("td", one ? String(one) : "")));
      made.append(line);
    }
    return made;
  }
  const linesTable = (rows) => tableOf(HEADS.slice(0, 10), rows.map((row) => [row[0], row[1], moment(row[2]), ...row.slice(3, 10)]));

  function told(found, file, digest) {
    const banner = element("div", "", { className: `verdict ${found.verdict}`, id: "verdict" });
    banner.append(both("div", MARKS[{ verified: "ok", refused: "fails", open: "open" }[found.verdict]] + " " + SAYS[found.verdict][0], SAYS[found.verdict][1]));
    banner.append(element("p", `${file.name}  ${file.size} 字节 bytes  SHA-256 ${digest}`));
    const table = element("table", "", { id: "claims" });
    for (const one of found.claims) {
      const row = element("tr", "", { className: one.verdict }), text = element("td", one.zh);
      text.append(element("div", one.en, { lang: "en" }));
      const what = both("td", TITLES[one.claim][0], TITLES[one.claim][1], { className: "what" });
      row.append(element("td", MARKS[one.verdict], { className: "mark" }), what, text);
      table.append(row);
    }
    const parts = [banner, table];
    if (found.rows.length) {
      parts.push(both("h2", `已核验的日志 ${found.rows.length} 条`, `${found.rows.length} verified lines`), linesTable(found.rows));
      if (found.rows.length > MOST_SHOWN) parts.push(both("p", `只显示前 ${MOST_SHOWN} 条`, `the first ${MOST_SHOWN} are shown`));
    }
    if (found.values.length)
      parts.push(both("h2", `已核验的字段 ${found.values.length} 个`, `${found.values.length} verified values`),
        tableOf(["编号 entry", "报文 record", "过程信息 event", "字段 field", "值 value"], found.values));
    show(...parts);
  }

  async function run() {
    const mine = ++turn;
    if (given === null) return;
    if (given.size > MOST) {
      show(both("div", "! 文件超过 1 GiB，请用 verify.py 核验", "the file is over 1 GiB: verify it with verify.py", { className: "verdict open", id: "verdict" }));
      return;
    }
    show(both("p", "核验中……", "verifying…"));
    let bytes;
    try {
      bytes = new Uint8Array(await given.arrayBuffer());
    } catch (error) {
      show(both("div", "✗ 无法读取该文件", "the file cannot be read", { className: "verdict refused", id: "verdict" }));
      return;
    }
    await new Promise((done) => setTimeout(done, 20)); // so that the words above are seen
    if (mine !== turn) return;
    const found = checkFile(bytes, given.name, at("key").value, at("outside").value, at("exported").value);
    if (mine === turn) told(found, given, hex(sha256(bytes)));
  }

  function take(file) {
    given = file;
    at("name").textContent = plain(file.name);
    run();
  }

  const dropped = (target, use) => {
    target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
    target.addEventListener("dragleave", () => target.classList.remove("over"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      target.classList.remove("over");
      if (event.dataTransfer.files.length) use(event.dataTransfer.files[0]);
    });
  };
  const filled = (target) => async (file) => { target.value = (await file.text()) || "\n"; run(); }; // an empty file is something else than none

  at("file").addEventListener("change", (event) => { if (event.target.files.length) take(event.target.files[0]); });
  dropped(at("drop"), take);
  for (const id of ["key", "outside", "exported"]) {
    dropped(at(id), filled(at(id)));
    at(id).addEventListener("input", run);
  }
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault()); // never opened in place of the page
}

/** The claims of a file, be it a pack or a proof; `rows` are the lines that were verified. */
function checkFile(bytes, name, keys, outside, exported) {
  return beginsAsZip(bytes) || name.toLowerCase().endsWith(".zip") ? checkPack(bytes, keys, outside, exported) : checkProof(bytes, keys, outside);
}
