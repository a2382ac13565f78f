// What a chart shows, and how that is told to ECharts. Nothing in it is HTML: the policy blocks styles in it, and
// names of series may come from anywhere.
export type ChartColour =
  'red' | 'orangered' | 'orange' | 'yellow' | 'green' | 'teal' | 'blue' | 'sky' | 'purple' | 'grey';
export type ChartSeries = { name: string; colour: ChartColour; values: readonly number[] };
export type ChartShape = {
  /** The moments of the axis, in words. */
  moments: readonly string[];
  series: readonly ChartSeries[];
  /** How a number is written. */
  written: (value: number) => string;
  /** Bars on top of each other unless it says so. */
  kind?: 'bars' | 'lines';
};
type Hovered = { seriesName?: string | undefined; value?: unknown; seriesIndex?: number | undefined; dataIndex: number };

/** Series of one tooltip. */
const TOLD_MAX = 10;

export function optionsOf({ moments, series, written, kind = 'bars' }: ChartShape, colour: (name: string) => string) {
  const text = colour('--pf-t--global--text--color--subtle');
  const line = colour('--pf-t--global--border--color--default');
  const font = { color: text, fontFamily: colour('--pf-t--global--font--family--body'), fontSize: 12 };
  const tell = (found: Hovered | Hovered[]): string => {
    const told = (Array.isArray(found) ? found : [found]).filter(({ value }) => Number(value) > 0);
    const lines = told.reverse().slice(0, TOLD_MAX).map(({ seriesName, value }) => `${plain(seriesName ?? '')}  ${written(Number(value))}`);
    const at = (Array.isArray(found) ? found[0] : found)?.dataIndex ?? 0;
    return [moments[at] ?? '', ...(lines.length > 0 ? lines : [written(0)])].join('\n');
  };
  return {
    animation: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    animationDuration: 200,
    grid: { left: 8, right: 8, top: 12, bottom: 4, outerBoundsMode: 'same' as const, outerBoundsContain: 'axisLabel' as const },
    tooltip: {
      trigger: 'axis' as const, renderMode: 'richText' as const, confine: true, formatter: tell,
      axisPointer: { type: kind === 'bars' ? 'shadow' as const : 'line' as const },
      backgroundColor: colour('--pf-t--global--background--color--floating--default'), borderColor: line,
      textStyle: { ...font, color: colour('--pf-t--global--text--color--regular') },
    },
    xAxis: {
      type: 'category' as const, data: [...moments], axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { ...font, hideOverlap: true },
    },
    yAxis: {
      type: 'value' as const, minInterval: 1, splitLine: { lineStyle: { color: line } },
      axisLabel: { ...font, formatter: (value: number) => written(value) },
    },
    series: series.map(({ name, colour: own, values }) => {
      const common = { name, data: [...values], itemStyle: { color: colour(`--chart-${own}`) } };
      return kind === 'bars'
        ? { ...common, type: 'bar' as const, stack: 'all', barMaxWidth: 28, cursor: 'pointer' }
        : { ...common, type: 'line' as const, showSymbol: false, lineStyle: { width: 2 } };
    }),
  };
}

/** Without the marks that ECharts reads as styles of a text. */
function plain(text: string): string {
  return text.replace(/[{}|\n]/g, ' ');
}
