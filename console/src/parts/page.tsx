// The frame of a page: its title, which is the window's title too, what it is for, and its main buttons. Of a long title
// two lines are shown, and all of it when one asks.
import { Button, Content, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import { useAwaitedHeading } from '../app/heading-focus';

type Props = { title: string; about?: ReactNode; actions?: ReactNode; children: ReactNode };

/** Titles that may take more than two lines. */
const LONG_CHARS = 80;

export function PageFrame({ title, about, actions, children }: Props) {
  useTitle(title);
  const heading = useAwaitedHeading();
  const [isWhole, setWhole] = useState(false);
  const isLong = title.length > LONG_CHARS;
  const isCut = useCut(heading, isLong && !isWhole, title);
  return (
    <>
      <PageSection hasBodyWrapper={false} className="page-head">
        <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsFlexStart' }}>
          <FlexItem flex={{ default: 'flex_1' }}>
            <Title headingLevel="h1" size={isLong ? 'lg' : 'xl'} className={isLong && !isWhole ? 'breakable clamped' : 'breakable'} ref={heading} tabIndex={-1}>{title}</Title>
            {isLong && (isCut || isWhole) && <Button variant="link" isInline size="sm" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>{isWhole ? 'Less of the title' : 'The whole title'}</Button>}
            {about && <Content component="p" className="subtle">{about}</Content>}
          </FlexItem>
          {actions && <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
      <PageSection hasBodyWrapper={false}>{children}</PageSection>
    </>
  );
}

/** Whether not all of the heading is seen. */
function useCut(heading: RefObject<HTMLElement | null>, isClamped: boolean, title: string): boolean {
  const [isCut, setCut] = useState(false);
  useEffect(() => {
    const element = heading.current;
    if (!element || !isClamped) return undefined;
    const observer = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 1));
    observer.observe(element);
    return () => observer.disconnect();
  }, [heading, isClamped, title]);
  return isCut;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Margay`;
  }, [title]);
}
