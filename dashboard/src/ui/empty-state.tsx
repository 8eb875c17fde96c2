import { Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { CodeBlock } from './code-block';

interface Props {
  title: string;
  /** What these things are and when there are some. */
  children?: React.ReactNode;
  icon?: typeof IconInbox;
  /** The next step. */
  action?: React.ReactNode;
  /** The same from a terminal. */
  command?: string;
}

/** Nothing is here, and this is what would be. */
export function EmptyState({ title, children, icon: Icon = IconInbox, action, command }: Props) {
  return (
    <Stack align="center" gap="sm" py="xl" px="md" ta="center">
      <ThemeIcon variant="light" color="gray" size={48} radius="xl">
        <Icon size={26} stroke={1.5} aria-hidden />
      </ThemeIcon>
      <Title order={2}>{title}</Title>
      {children && (
        <Text c="dimmed" maw="56ch" component="div">
          {children}
        </Text>
      )}
      {action && <Group justify="center">{action}</Group>}
      {command !== undefined && (
        <Stack gap={4} w="100%" maw={720} ta="start">
          <Text size="sm" c="dimmed">
            Or from a terminal:
          </Text>
          <CodeBlock text={command} label="Command" />
        </Stack>
      )}
    </Stack>
  );
}
