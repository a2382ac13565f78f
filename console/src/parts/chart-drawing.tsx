// The drawing of a chart, on a canvas; with the code that draws, which nobody loads who sees no chart.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ECharts } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { optionsOf, type ChartShape } from './chart-options';

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

type Props = ChartShape & { onChoose?: ((moment: number, series: number) => void) | undefined };

export default function Drawing(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const shown = useRef(props);
  shown.current = props;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = init(element);
    chart.current = made;
    made.on('click', ({ dataIndex, seriesIndex }) => shown.current.onChoose?.(dataIndex, seriesIndex ?? 0));
    const size = new ResizeObserver(() => made.resize());
    size.observe(element);
    const draw = () => made.setOption(optionsOf(shown.current, tokenOf), { notMerge: true });
    // The theme is a class of the document.
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ['class'] });
    return () => {
      theme.disconnect();
      size.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  // Drawn anew when what is shown differs, not whenever the page is made anew.
  const { moments, series, kind } = props;
  const what = JSON.stringify([moments, series, kind]);
  useEffect(() => chart.current?.setOption(optionsOf(shown.current, tokenOf), { notMerge: true }), [what]);
  return <div ref={place} className="chart-drawing" style={{ height: '100%' }} />;
}

function tokenOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
