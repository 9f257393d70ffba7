// In each page of a preview: reloads it when a build changed it, and shows
// over it what a build reported.
(() => {
  const { version } = document.currentScript.dataset;

  const host = document.createElement("div");
  host.id = "preview";
  const root = host.attachShadow({ mode: "open" }); // apart from site.css
  root.innerHTML = `
    <style>
      :host { all: initial; }
      [hidden] { display: none !important; }
      section, p {
        position: fixed; z-index: 2147483647; margin: 0;
        background: #1c1c22; color: #f4f4f6;
        font: 15px/1.5 system-ui, sans-serif;
        box-shadow: 0 0 24px #0008;
      }
      section {
        inset: auto 0 0 0; max-height: 60vh; display: flex;
        flex-direction: column; border-top: 4px solid #ff6b6b;
      }
      header {
        display: flex; justify-content: space-between; padding: 10px 20px 0;
        font-weight: 600;
      }
      pre {
        margin: 0; padding: 10px 20px 20px; overflow: auto;
        font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap;
      }
      button {
        border: 1px solid #f4f4f688; border-radius: 4px; background: none;
        color: inherit; font: inherit; font-weight: 400; cursor: pointer;
      }
      p { right: 20px; bottom: 20px; padding: 6px 14px; border-radius: 16px; }
    </style>
    <section role="alert" hidden>
      <header>The build has a problem <button>Hide</button></header>
      <pre tabindex="0"></pre>
    </section>
    <p role="status" hidden>Building …</p>`;
  const [alert, text, status] = ["section", "pre", "p"].map((name) =>
    root.querySelector(name),
  );
  root.querySelector("button").onclick = () => (alert.hidden = true);
  (document.body ?? document.documentElement).append(host);

  function show(state) {
    if (state.reload) return location.reload(); // keeps the place
    status.hidden = !state.building;
    if (state.building) return;
    text.textContent = state.problem;
    alert.hidden = !state.problem;
    text.scrollTop = text.scrollHeight;
  }

  function connect() {
    const query = new URLSearchParams({ page: location.pathname, version });
    const origin = location.origin.replace("http", "ws");
    const socket = new WebSocket(`${origin}/_preview/socket?${query}`);
    socket.onmessage = ({ data }) => show(JSON.parse(data));
    socket.onclose = () => setTimeout(connect, 1000);
  }
  connect();
})();
