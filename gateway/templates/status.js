(() => {
  const body = document.body;
  const locale = document.documentElement.lang === "en" ? "en-US" : "vi-VN";
  const whole = new Intl.NumberFormat(locale);
  const share = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const put = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

  function show(status) {
    for (const [name, state] of Object.entries(status.services)) {
      const mark = document.querySelector(`[data-service="${name}"]`);
      if (mark) { mark.dataset.state = state; put(mark.querySelector("em"), mark.dataset[state]); }
    }
    const dashboard = document.querySelector("[data-dashboard]");
    if (dashboard && status.dashboard) {
      put(dashboard.querySelector("span"), dashboard.dataset[status.dashboard]);
      dashboard.dataset.dashboard = status.dashboard;
    }
    body.dataset.reachable = "yes";
    const report = status.report;
    body.dataset.report = report ? "yes" : "no";
    if (!report) return;
    const figures = report.figures;
    put(document.querySelector("[data-province]"), report.unit.name);
    for (const element of document.querySelectorAll("[data-total]")) {
      put(element, whole.format(figures[element.dataset.total] ?? 0));
    }
    for (const row of document.querySelectorAll("[data-figure]")) {
      const value = figures[row.dataset.figure] ?? 0;
      const of = figures[row.dataset.of] ?? 0;
      const percent = of ? (100 * value) / of : 0;
      put(row.querySelector("[data-value]"), whole.format(value));
      put(row.querySelector("[data-share]"), share.format(percent) + "%");
      row.querySelector("[data-bar]").style.width = percent.toFixed(2) + "%";
    }
  }

  async function look() {
    try {
      const answer = await fetch("/status.json", { headers: { accept: "application/json" } });
      if (answer.ok) show(await answer.json());
      else body.dataset.reachable = answer.status === 401 ? "yes" : "no";
    } catch {
      body.dataset.reachable = "no";
    }
    setTimeout(look, 3000);
  }
  setTimeout(look, 3000);
})();
