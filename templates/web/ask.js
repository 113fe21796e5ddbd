// Follows a survey while it is written. Without this the page reloads by itself.
(() => {
  const list = document.getElementById("stages");
  const told = document.getElementById("told");
  if (!list || !window.EventSource) return;
  const source = new EventSource(list.dataset.events);
  const show = (now) => {
    for (const [name, state] of Object.entries(now.stages)) {
      const line = document.getElementById(`stage-${name}`);
      if (!line) continue;
      line.className = `is-${state}`;
      line.querySelector(".count").textContent = state === "running" && now.total ? `${now.done} / ${now.total}` : "";
    }
  };
  source.onmessage = (message) => {
    const now = JSON.parse(message.data);
    show(now);
    if (now.state === "done") {
      source.close();
      told.textContent = told.dataset.done;
      location.replace(now.address);
    } else if (now.state === "failed") {
      source.close();
      location.reload();
    }
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 4000);
  };
})();
