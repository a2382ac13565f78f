// Numbers over time as bars or lines. The drawing comes after the first paint; everything in it can be had as a table,
// in which each number leads to where a click on its bar leads.
import './chart.css';
import { Button, Flex, FlexItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link, useNavigate, type LinkProps } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ChartColour, ChartShape } from './chart-options';
import { latePart } from './late-part';

export type { ChartColour } from './chart-options';
/** Where a number leads to. */
export type ChartLink = Pick<LinkProps, 'to' | 'search'>;
type Props = ChartShape & {
  /** What is shown, in a few words; the name of the table too. */
  label: string;
  /** Where the number of a moment and a series leads to. */
  linkOf?: ((moment: number, series: number) => ChartLink) | undefined;
};

const Drawing = latePart(() => import('./chart-drawing'));
const HEIGHT_PX = 220;

export function Chart({ label, linkOf, ...shape }: Props) {
  const [isTable, setTable] = useState(false);
  const isPainted = usePainted();
  const navigate = useNavigate();
  const choose = linkOf && ((moment: number, series: number) => void navigate(linkOf(moment, series)));
  const sum = shape.series.reduce((all, { values }) => values.reduce((a, b) => a + b, all), 0);
  return (
    <div className="chart">
      {isTable
        ? <ChartTable label={label} linkOf={linkOf} {...shape} />
        : (
          <div className="chart-drawing" style={{ height: HEIGHT_PX }} role="img"
            aria-label={`${label}: ${shape.written(sum)} in all. The table has each number.`}>
            {isPainted && <Drawing {...shape} onChoose={choose} />}
          </div>
        )}
      <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsFlexStart' }}>
        <FlexItem flex={{ default: 'flex_1' }}>
          <ul className="chart-legend">
            {shape.series.map(({ name, colour }) => (
              <li key={name}>
                <span className="chart-swatch" style={{ background: `var(--chart-${colour})` }} />
                <span className="breakable">{name}</span>
              </li>
            ))}
          </ul>
        </FlexItem>
        <Button variant="link" size="sm" onClick={() => setTable(!isTable)} aria-label={`${isTable ? 'Show as chart' : 'Show as table'}: ${label}`}>
          {isTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </Flex>
    </div>
  );
}

function ChartTable({ label, moments, series, written, linkOf }: Props) {
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={label}>
      <Table variant="compact" aria-label={label} gridBreakPoint="" isStickyHeader>
        <Thead><Tr><Th>From</Th>{series.map(({ name }) => <Th key={name} modifier="breakWord">{name}</Th>)}</Tr></Thead>
        <Tbody>
          {moments.map((moment, at) => (
            <Tr key={moment}>
              <Td><span className="moment">{moment}</span></Td>
              {series.map(({ name, values }, number) => {
                const value = values[at] ?? 0;
                return (
                  <Td key={name}>
                    {linkOf && value > 0 ? <Link {...linkOf(at, number)}>{written(value)}</Link> : written(value)}
                  </Td>
                );
              })}
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}

/** Becomes true when the page has been painted once. */
function usePainted(): boolean {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    let timer: number | undefined;
    const frame = requestAnimationFrame(() => { timer = window.setTimeout(() => setPainted(true)); });
    return () => {
      cancelAnimationFrame(frame);
      window.clearTimeout(timer);
    };
  }, []);
  return isPainted;
}

/** Colours of series that have none of their own, in this order. */
export const COLOURS: readonly ChartColour[] = ['blue', 'teal', 'purple', 'orange', 'green', 'sky', 'yellow', 'orangered', 'grey'];
