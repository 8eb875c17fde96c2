import { Group, Stack, Text, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';

interface Props {
  title: string;
  /** The document's title, where it should say more than the heading. */
  documentTitle?: string;
  /** Beside the heading, as a status. */
  aside?: React.ReactNode;
  /** A sentence that says what this is. */
  children?: React.ReactNode;
  /** Over the heading, as the way back. */
  above?: React.ReactNode;
  actions?: React.ReactNode;
}

/** The page's only h1, its document title, and what can be done with it as a whole. */
export function PageHeader({ title, documentTitle, aside, children, above, actions }: Props) {
  useDocumentTitle(documentTitle ?? title);
  return (
    <Stack gap={4} component="header">
      {above}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm">
          <Title order={1} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children && (
        <Text c="dimmed" size="sm" maw="70ch" component="div">
          {children}
        </Text>
      )}
    </Stack>
  );
}

export function useDocumentTitle(title: string): void {
  const { tenant } = useParams({ strict: false });
  useEffect(() => {
    document.title = [title, tenant, 'Hookyard'].filter((part) => part !== undefined).join(' · ');
  }, [title, tenant]);
}
