// Live code: the cells of a page become editable and run on a server.
//
// thebe brings the editors, the line to the server and the display of
// outputs. It is fetched from this site when liveCode() is called, the button
// of the page. The server is, in this order: one that the reader named, which
// is remembered until the tab is closed; the one of `make live`; the one of
// the setting `live_server`; else Binder starts one.
(() => {
  const TEXT = {
    bar: "Live code",
    loading: "Loading the editors …",
    notLoaded: "The editors could not be loaded. Try once more.",
    connecting: (host) => `Connecting to ${host} …`,
    binder: (phase) =>
      `Binder prepares a server for you, which may take minutes (${phase}) …`,
    noBinder: "Binder gave no server. Try once more, or use one of your own.",
    ready: (host) =>
      `Connected to ${host}. Edit a cell, and run it with Shift+Enter.`,
    unreachable: (host) =>
      `No server answers at ${host}. Is it running, and does it allow ` +
      `this site (--ServerApp.allow_origin=${location.origin})?`,
    refused: (host) => `The server ${host} refuses this token.`,
    noJupyter: (host) => `No Jupyter server answers at ${host}.`,
    noKernel: (reason) => `The server started no kernel: ${reason}.`,
    gone: "The connection to the server is lost, and with it all variables. " +
      "Running a cell connects again.",
    restarted: "The kernel was started anew. Its variables are gone.",
    died: "The kernel died, perhaps for want of memory, and was started " +
      "anew. Its variables are gone.",
    running: (number) => `Cell ${number} runs …`,
    done: (count) => (count === 1 ? "The cell has run." : "All have run."),
    failed: (number, name) => `Cell ${number} stopped with ${name}.`,
    above: (number) =>
      `Cell ${number} misses a name. Not all cells above it have run: ` +
      "“Run to here” does that.",
    noPackage: "The server lacks the book's package, d2l. Install it there.",
    interrupted: "Stopped.",
    run: "Run",
    runLabel: (number) => `Run cell ${number}`,
    runTo: "Run to here",
    runToLabel: (number) => `Run to here: all cells up to ${number}`,
    restore: "Restore",
    restoreLabel: (number) => `Restore the code of cell ${number}`,
    editor: (number) =>
      `Code of cell ${number}. Shift+Enter runs it, Escape leaves it.`,
    figure: (number) => `Output of cell ${number}`,
    output: (number) => `Output of cell ${number}`,
    cell: (number) => `Cell ${number}`,
    waits: "waits",
    runs: "runs …",
    took: (seconds) => `ran in ${seconds} s`,
    stopped: "stopped with an error",
    claim: { held: "Checked:", failed: "Does not hold:", open: "Not checked:" },
    runAll: "Run all",
    stop: "Stop",
    restart: "Restart",
    server: "Server …",
    dialog: `
      <h2 id="live-title">Where the code runs</h2>
      <p>A Jupyter server of your own starts at once. This one would do, in an
        environment that has the book's package:</p>
      <pre tabindex="0"><code></code></pre>
      <label>Its address, with the token that it prints
        <input type="url" name="address" required autocomplete="off"
          placeholder="http://localhost:8888/?token=…"></label>
      <p>It is remembered until you close this tab.</p>
      <div>
        <button value="own">Use this server</button>
        <button value="default" formnovalidate>Use the default</button>
        <button value="" formnovalidate>Cancel</button>
      </div>`,
  };
  const MARKS = { held: "✓", failed: "✗", open: "?" };
  const REMEMBERED = "live-server";

  class Problem extends Error {} // its message is for the reader

  let settings; // of the page
  let cells; // once they are editable
  let bar; // with what is said and what can be done
  let notebook, rendermime; // thebe's
  let line; // promise of a kernel and the way to it, once one was asked for
  let active; // the one that is open
  let queue = []; // cells that wait to be run
  let working = false;

  // The server.

  function server() {
    const typed = sessionStorage.getItem(REMEMBERED);
    const address = typed ?? read("live-make")?.server ?? settings.server;
    if (!address) return null;
    const url = new URL(address, location.href);
    const token = url.searchParams.get("token") ?? "";
    // What a browser shows is an application on the server: /lab?token=...
    const path = url.pathname.replace(/\/(lab|tree|notebooks)(\/.*)?$/, "/");
    return { baseUrl: `${url.origin}${path.replace(/\/?$/, "/")}`, token };
  }

  function ask({ baseUrl, token }, path, options = {}) {
    const headers = token ? { Authorization: `token ${token}` } : {};
    return fetch(`${baseUrl}api/${path}`, { headers, ...options });
  }

  async function check(own) {
    const { host } = new URL(own.baseUrl);
    let answer;
    try {
      const signal = AbortSignal.timeout(20000);
      answer = await ask(own, "kernelspecs", { signal });
    } catch {
      // To another site, a server doesn't say that it refuses a token.
      const answers = await fetch(`${own.baseUrl}api`).catch(() => null);
      throw new Problem((answers ? TEXT.refused : TEXT.unreachable)(host));
    }
    if ([401, 403].includes(answer.status)) {
      throw new Problem(TEXT.refused(host));
    }
    if (!answer.ok) throw new Problem(TEXT.noJupyter(host));
  }

  function connected() {
    line ??= connect().catch((problem) => {
      line = undefined;
      throw problem;
    });
    return line;
  }

  async function connect() {
    const own = server();
    if (own) say(TEXT.connecting(new URL(own.baseUrl).host));
    else say(TEXT.binder("waiting"));
    if (own) await check(own);
    const { makeConfiguration, connectToJupyter, connectToBinder } =
      thebeCore.api;
    const configuration = makeConfiguration(
      {
        kernelOptions: { kernelName: settings.kernel, path: settings.path },
        binderOptions: settings.binder,
        serverSettings: own ?? {},
      },
      thebe.events,
    );
    const found = (own ? connectToJupyter : connectToBinder)(configuration);
    await found.ready.catch(() => {
      throw new Problem(TEXT.noBinder);
    });
    const session = await found.startNewSession(rendermime).catch((error) => {
      throw new Problem(TEXT.noKernel(error.message));
    });
    notebook.attachSession(session);
    cells.forEach((cell) => (cell.hasRun = false));
    say(TEXT.ready(new URL(found.settings.baseUrl).host));
    active = watched(session, found.settings);
    return active;
  }

  // A session, and a promise `lost` that is broken when its kernel is gone.
  function watched(session, own) {
    let lose;
    const lost = new Promise((_, reject) => (lose = reject));
    const { kernel } = session;
    const made = { session, kernel, lost, own };
    lost.catch((problem) => {
      if (active !== made) return;
      line = active = undefined;
      fail(problem);
      session.dispose();
    });
    kernel.connectionStatusChanged.connect(async (_, status) => {
      if (status === "connected" || kernel.isDisposed) return;
      for (const pause of [500, 2000, 4000]) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        const answer = await ask(own, `kernels/${kernel.id}`).catch(() => null);
        if (answer?.ok) return;
      }
      lose(new Problem(TEXT.gone));
    });
    kernel.statusChanged.connect((_, status) => {
      if (status === "autorestarting") {
        cells.forEach((cell) => (cell.hasRun = false));
        fail(new Problem(TEXT.died));
      }
      if (status === "dead") lose(new Problem(TEXT.gone));
    });
    return made;
  }

  // A kernel holds memory, and nobody will come back to this one.
  addEventListener("pagehide", () => {
    if (!active) return;
    const { session, own } = active;
    ask(own, `sessions/${session.id}`, { method: "DELETE", keepalive: true });
  });

  // Cells.

  function enqueue(more) {
    for (const cell of more.filter((cell) => !queue.includes(cell))) {
      queue.push(cell);
      mark(cell, "waiting", TEXT.waits);
    }
    work();
  }

  async function work() {
    if (working) return;
    working = true;
    bar.dataset.working = "";
    let count = 0;
    try {
      const { lost } = await connected();
      while (queue.length) {
        const cell = queue[0];
        say(TEXT.running(cell.number));
        const problem = await Promise.race([execute(cell), lost]);
        queue.shift();
        if (problem) throw problem;
        count += 1;
      }
      say(TEXT.done(count));
    } catch (problem) {
      fail(problem);
    }
    queue.splice(0).forEach((cell) => mark(cell, "", ""));
    working = false;
    delete bar.dataset.working;
  }

  // Run a cell; return what is to be said if it fails.
  async function execute(cell) {
    mark(cell, "running", TEXT.runs);
    const height = cell.output.offsetHeight || cell.old?.offsetHeight || 0;
    cell.output.style.minHeight = `${height}px`; // the page stays in place
    cell.old?.classList.add("live-old");
    cell.output.hidden = false;
    const start = performance.now();
    const result = await cell.thebe.execute();
    cell.output.style.minHeight = "";
    const [error] = result?.error ?? [];
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    cell.hasRun = Boolean(result) && !error;
    if (cell.hasRun) mark(cell, "done", TEXT.took(seconds));
    else mark(cell, "failed", TEXT.stopped);
    mend(cell);
    judge(cell, error);
    if (!result) {
      cell.thebe.clear(); // of advice that does not help here
      return new Problem(TEXT.restarted);
    }
    return error && new Problem(advice(cell, error));
  }

  function advice(cell, { ename, evalue }) {
    if (ename === "KeyboardInterrupt") return TEXT.interrupted;
    if (ename === "ModuleNotFoundError" && evalue.includes("'d2l")) {
      return TEXT.noPackage;
    }
    const above = cells.slice(0, cell.number - 1);
    if (ename === "NameError" && above.some((other) => !other.hasRun)) {
      return TEXT.above(cell.number);
    }
    return TEXT.failed(cell.number, ename);
  }

  // A claim shows what its assertions say of the code as it is now.
  function judge(cell, error) {
    const claim = cell.place.closest(".claim");
    if (!claim) return;
    const letters = (text) => text.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
    const marks = [...claim.querySelectorAll(".claim-mark")];
    const said = marks.map((mark) => letters(mark.parentElement.textContent));
    const message = letters(error?.evalue ?? "");
    const refuted = error ? said.findIndex((s) => message.startsWith(s)) : -1;
    marks.forEach((mark, i) => {
      let state = !error || i < refuted ? "held" : "open";
      if (error && i === refuted) state = "failed";
      mark.textContent = MARKS[state];
      mark.ariaLabel = TEXT.claim[state];
      mark.dataset.live = state;
    });
    if (error) claim.querySelector("details").open = true;
  }

  function mark(cell, state, text) {
    cell.place.dataset.live = state;
    cell.mark.textContent = text;
  }

  // Outputs lack what a reader without eyes or mouse needs.
  function mend(cell) {
    const known = [...(cell.old?.querySelectorAll("img") ?? [])];
    cell.output.querySelectorAll("img").forEach((image, i) => {
      if (!image.alt) image.alt = known[i]?.alt || TEXT.figure(cell.number);
    });
    for (const part of cell.output.querySelectorAll("pre, div")) {
      const scrolls = /auto|scroll/.test(getComputedStyle(part).overflowX);
      if (scrolls && part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    }
  }

  function makeCells() {
    const places = [...document.querySelectorAll("article .cell")];
    cells = settings.cells.map((unseen, i) => {
      const cell = { id: `live-${i + 1}`, number: i + 1, hasRun: false };
      cell.mark = make("span", { className: "live-mark" });
      const placed = unseen?.placed ?? true;
      cell.place = placed ? places.shift() : make("div", {});
      const input = cell.place.querySelector(".cell_input");
      cell.old = cell.place.querySelector(".cell_output");
      cell.output = make("div", { className: "cell_output live-output" });
      cell.output.id = `${cell.id}-output`;
      cell.output.hidden = true;
      if (cell.old) cell.old.after(cell.output);
      else cell.place.append(cell.output);
      cell.shown = input?.firstElementChild;
      cell.source = unseen?.source ?? code(input.querySelector("pre"));
      return cell;
    });
    const configuration = thebeCore.api.makeConfiguration(
      { mathjaxUrl: "" }, // it would come from another site
      thebe.events,
    );
    rendermime = thebeCore.api.makeRenderMimeRegistry(configuration.mathjax);
    rendermime.markdownParser = { render: async (text) => markdown(text) };
    notebook = thebeCore.api.setupNotebookFromBlocks(
      cells.map(({ id, source }) => ({ id, source })),
      configuration,
      rendermime,
    );
    for (const cell of cells) {
      cell.thebe = notebook.getCellById(cell.id);
      if (cell.shown) edit(cell);
      else cell.thebe.attachToDOM(cell.output);
      new MutationObserver(() => mend(cell)).observe(cell.output, {
        childList: true,
        subtree: true,
      });
    }
  }

  // The little Markdown that notes of the package are written in.
  function markdown(text) {
    const escaped = make("p", { textContent: text }).innerHTML;
    const blocks = escaped.split(/\n{2,}/).map((block) => {
      const quoted = /^&gt; /.test(block);
      const inner = block
        .replace(/^&gt; ?/gm, "")
        .replace(/`([^`]+)`/g, "<code>$1</code>")
        .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
        .replace(/\*([^*]+)\*/g, "<em>$1</em>");
      const paragraph = `<p>${inner}</p>`;
      return quoted ? `<blockquote>${paragraph}</blockquote>` : paragraph;
    });
    return blocks.join("");
  }

  function code(pre) {
    const copy = pre.cloneNode(true);
    copy.querySelectorAll(".linenos").forEach((number) => number.remove());
    return copy.textContent.replace(/\n$/, "");
  }

  // Put an editor in the place of a cell's code, with its buttons below.
  function edit(cell) {
    const { number, id, shown: source, output } = cell;
    const around = source.parentElement;
    thebe.renderAllCells(
      { codeMirrorConfig: { theme: "live", indentUnit: 4, lineNumbers: false } },
      notebook,
      [{ id, placeholders: { source, output } }],
    );
    around.querySelector(".thebe-controls").remove();
    around.querySelector(".thebe-cell").removeAttribute("id");
    const editor = around.querySelector(".CodeMirror").CodeMirror;
    const run = button(TEXT.run, () => enqueue([cell]));
    const runTo = button(TEXT.runTo, () => enqueue(cells.slice(0, number)));
    const restore = button(TEXT.restore, () => editor.setValue(cell.source));
    run.ariaLabel = TEXT.runLabel(number);
    runTo.ariaLabel = TEXT.runToLabel(number);
    restore.ariaLabel = TEXT.restoreLabel(number);
    restore.hidden = true;
    const controls = make("div", { className: "live-controls" });
    const name = make("span", { className: "live-number" });
    name.textContent = TEXT.cell(number);
    controls.append(run, runTo, restore, name, cell.mark);
    around.after(controls);
    editor.getInputField().ariaLabel = TEXT.editor(number);
    editor.setOption("viewportMargin", Infinity); // the browser's search
    editor.setOption("extraKeys", {
      ...editor.getOption("extraKeys"),
      "Shift-Enter": () => {
        enqueue([cell]);
        next(cell)?.focus();
      },
      "Ctrl-Enter": () => enqueue([cell]),
      "Cmd-Enter": () => enqueue([cell]),
      Tab: (editor) =>
        editor.somethingSelected()
          ? editor.execCommand("indentMore")
          : editor.execCommand("insertSoftTab"),
      "Shift-Tab": "indentLess",
      Esc: () => run.focus(),
    });
    editor.on("change", () => {
      restore.hidden = editor.getValue() === cell.source;
      if (!queue.includes(cell)) mark(cell, "", "");
    });
    around.closest("details")?.addEventListener("toggle", () => {
      editor.refresh();
    });
    cell.editor = editor;
  }

  function next(cell) {
    const shown = ({ editor }) => editor?.getWrapperElement().offsetParent;
    return cells.slice(cell.number).find(shown)?.editor;
  }

  // The bar.

  function makeBar() {
    bar = make("section", { className: "live-bar", ariaLabel: TEXT.bar });
    const status = make("p", { className: "live-status", role: "status" });
    const stop = button(TEXT.stop, () => {
      queue.splice(1).forEach((cell) => mark(cell, "", ""));
      active?.kernel.interrupt();
    });
    stop.className = "live-stop";
    const buttons = make("div", { className: "live-buttons" });
    buttons.append(
      button(TEXT.runAll, () => enqueue(cells)),
      stop,
      button(TEXT.restart, restart),
      button(TEXT.server, () => dialog.showModal()),
    );
    const dialog = makeDialog();
    bar.append(status, buttons, dialog);
    document.querySelector("article").append(bar);
  }

  function makeDialog() {
    const dialog = make("dialog", { className: "live-dialog" });
    dialog.setAttribute("aria-labelledby", "live-title");
    const form = make("form", { method: "dialog", innerHTML: TEXT.dialog });
    form.querySelector("code").textContent =
      `jupyter server --ServerApp.allow_origin=${location.origin}`;
    dialog.append(form);
    dialog.addEventListener("close", () => {
      if (!dialog.returnValue) return;
      if (dialog.returnValue === "own") {
        sessionStorage.setItem(REMEMBERED, form.elements.address.value);
      } else sessionStorage.removeItem(REMEMBERED);
      dialog.returnValue = "";
      reconnect();
    });
    return dialog;
  }

  async function restart() {
    queue.splice(1);
    if (!active) return reconnect();
    await active.kernel.restart(); // which breaks off the cell that runs
    cells.forEach((cell) => {
      cell.hasRun = false;
      mark(cell, "", "");
    });
    say(TEXT.restarted);
  }

  async function reconnect() {
    active?.session.shutdown().catch(() => undefined);
    line = active = undefined;
    await connected().catch(fail);
  }

  function say(text) {
    bar.querySelector(".live-status").textContent = text;
    delete bar.dataset.problem;
  }

  function fail(problem) {
    say(problem.message);
    bar.dataset.problem = "";
    if (!(problem instanceof Problem)) console.error(problem);
  }

  // Small things.

  const make = (tag, values) =>
    Object.assign(document.createElement(tag), values);

  function button(textContent, onclick) {
    return make("button", { type: "button", textContent, onclick });
  }

  function read(id) {
    const script = document.getElementById(id);
    return script && JSON.parse(script.textContent);
  }

  function fetched(tag, values) {
    return new Promise((resolve, reject) => {
      const failed = () => {
        element.remove();
        reject(new Problem(TEXT.notLoaded));
      };
      const element = make(tag, { ...values, onload: resolve, onerror: failed });
      document.head.append(element);
    });
  }

  window.liveCode = async () => {
    if (bar) {
      if (cells) return bar.querySelector("button").focus();
      bar.remove(); // what could not be loaded is tried again
    }
    settings = read("live-code");
    const { files } = settings;
    makeBar();
    say(TEXT.loading);
    const buttons = bar.querySelectorAll(".live-buttons button");
    buttons.forEach((button) => (button.disabled = true));
    try {
      // In a layer, so that no style of thebe overrides one of the page.
      const layer = `@import url("${new URL(files["thebe.css"], location)}") layer`;
      document.head.append(make("style", { textContent: `${layer};` }));
      await fetched("link", { rel: "stylesheet", href: files["live.css"] });
      await fetched("script", { src: files["index.js"] });
      thebe.on("status", (_, { message }) => {
        const phase = /^Binder is: (\S+)/.exec(message)?.[1];
        if (phase) say(TEXT.binder(phase));
      });
      makeCells();
    } catch (problem) {
      return fail(problem);
    }
    buttons.forEach((button) => (button.disabled = false));
    await reconnect();
  };
})();
