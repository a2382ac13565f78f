// The frame of a page: its title, which is the window's title too, what it is for, and its main buttons.
import { Content, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import { useEffect, type ReactNode } from 'react';
import { useAwaitedHeading } from '../app/heading-focus';

type Props = { title: string; about?: ReactNode; actions?: ReactNode; children: ReactNode };

export function PageFrame({ title, about, actions, children }: Props) {
  useTitle(title);
  const heading = useAwaitedHeading();
  return (
    <>
      <PageSection hasBodyWrapper={false} className="page-head">
        <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsFlexStart' }}>
          <FlexItem flex={{ default: 'flex_1' }}>
            <Title headingLevel="h1" size="2xl" className="breakable" ref={heading} tabIndex={-1}>{title}</Title>
            {about && <Content component="p" className="subtle">{about}</Content>}
          </FlexItem>
          {actions && <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
      <PageSection hasBodyWrapper={false}>{children}</PageSection>
    </>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Margay`;
  }, [title]);
}
