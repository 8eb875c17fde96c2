import { Button, Group, List, Stack, Text } from '@mantine/core';
import type { InboundSource } from '../../api/types';
import { CodeBlock } from '../../ui/code-block';
import { CopyButton } from '../../ui/copy-button';
import { ShownOnce } from '../../ui/shown-once';
import { pasteSteps, sourceUrl } from './kind';

interface Props {
  source: InboundSource;
  /** Null: it was shown once, and is not any more. */
  secret: string | null;
  onClose: () => void;
}

/** What to paste where at the other end. */
export function Paste({ source, secret, onClose }: Props) {
  const { url, isGuessed } = sourceUrl(source.url, globalThis.location.origin);
  return (
    <Stack>
      <div>
        <Text size="sm" fw={600} mb={4}>
          URL
        </Text>
        <Group wrap="nowrap" align="center" gap="xs">
          <div style={{ flex: 1, minWidth: 0 }}>
            <CodeBlock text={url} label="URL of the source" bare />
          </div>
          <CopyButton value={url} label="Copy: URL of the source" words="Copy" />
        </Group>
        {isGuessed && (
          <Text size="xs" c="dimmed" mt={4}>
            Its beginning is this page’s address, as server.base_url is not set. The sender has to reach it:
            put another in its place where it cannot.
          </Text>
        )}
      </div>
      {secret === null ? (
        <Text size="sm" c="dimmed">
          The secret was shown once; it ends with <span className="hy-mono">{source.secretHint}</span>. If it
          is lost, rotate it.
        </Text>
      ) : (
        <ShownOnce what="The secret" value={secret} />
      )}
      <List type="ordered" size="sm" spacing={6}>
        {pasteSteps(source.kind).map((step) => (
          <List.Item key={step}>{step}</List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button onClick={onClose}>{secret === null ? 'Close' : 'I have copied both'}</Button>
      </Group>
    </Stack>
  );
}
