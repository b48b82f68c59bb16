import { LineChart as Line } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([Line, GridComponent, LegendComponent, TooltipComponent, MarkLineComponent, AriaComponent, SVGRenderer]);

interface Props {
  /** What it shows, for who does not see it. */
  label: string;
  labels: string[];
  series: { name: string; values: number[] }[];
  /** A label to be marked by a line. */
  mark?: string;
  write: (value: number) => string;
}

/** Told apart by dash and sign, not by colour alone. */
const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], "solid"] as const;
const SIGNS = ["circle", "rect", "triangle", "diamond", "pin"] as const;

const NARROW = 480;

/** A line chart in the colours of the stylesheet; it follows the window and the reader's scheme. Loaded lazily. */
export default function LineChart({ label, labels, series, mark, write }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(null);

  useEffect(() => {
    const element = place.current!;
    const made = init(element, null, { renderer: "svg" });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    const draw = () => chart.current?.setOption(optionOf(place.current!, { label, labels, series, mark, write }), true);
    draw();
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => scheme.removeEventListener("change", draw);
  }, [label, labels, series, mark, write]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

function optionOf(element: HTMLElement, { labels, series, mark, write }: Props) {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  // On a phone the legend takes a line for each series.
  const legendHeight = element.clientWidth < NARROW ? 24 * series.length : 48;
  const text = { color: colour("--soft"), fontFamily: style.fontFamily };
  return {
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: text,
    color: ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5"].map(colour),
    grid: { left: 8, right: 24, top: legendHeight + 24, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, orient: element.clientWidth < NARROW ? "vertical" : "horizontal", itemWidth: 32, textStyle: { color: colour("--ink") } },
    tooltip: {
      trigger: "axis",
      valueFormatter: (value: unknown) => write(Number(value)),
      backgroundColor: colour("--card"),
      borderColor: colour("--line"),
      textStyle: { color: colour("--ink") },
    },
    xAxis: { type: "category", boundaryGap: false, data: labels, axisLabel: { ...text, hideOverlap: true } },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { ...text, formatter: (value: number) => write(value) },
      splitLine: { lineStyle: { color: colour("--line") } },
    },
    series: series.map(({ name, values }, number) => ({
      name,
      type: "line",
      data: values,
      step: "end",
      symbol: SIGNS[number % SIGNS.length],
      symbolSize: 7,
      showSymbol: labels.length < 40,
      lineStyle: { width: 2.5, type: DASHES[number % DASHES.length] },
      markLine:
        number === 0 && mark !== undefined
          ? { symbol: "none", silent: true, label: { formatter: mark, color: colour("--ink") }, lineStyle: { color: colour("--ink"), type: "solid", width: 1.5 }, data: [{ xAxis: mark }] }
          : undefined,
    })),
  };
}
