import { Alert, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { CodeBlock } from '../../ui/code-block';
import { CopyButton } from '../../ui/copy-button';
import { inert } from '../../ui/inert';
import { VERIFY } from './verify-snippets';

/** A secret in the only answer that ever holds it. */
export function ShownSecret({ secret }: { secret: string }) {
  return (
    <Alert
      color="orange"
      variant="outline"
      icon={<IconKey aria-hidden />}
      title="The signing secret: copy it now"
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="xs">
        <Text size="sm">
          It is shown here and never again. Give it to the receiver, as{' '}
          <span className="hy-mono">WEBHOOK_SECRET</span> in its environment. Lost, it can be replaced under
          “Secret”.
        </Text>
        <Group gap="xs">
          <Text className="hy-mono" fw={600} style={{ overflowWrap: 'anywhere' }} data-testid="secret">
            {inert(secret)}
          </Text>
          <CopyButton value={secret} label="Copy the signing secret" words="Copy" />
        </Group>
      </Stack>
    </Alert>
  );
}

export function HowToVerify() {
  return (
    <Tabs defaultValue="Node" keepMounted={false}>
      <Tabs.List aria-label="Languages">
        {VERIFY.map(({ name }) => (
          <Tabs.Tab key={name} value={name}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {VERIFY.map(({ name, text }) => (
        <Tabs.Panel key={name} value={name} pt="sm">
          <CodeBlock text={text} label={`Verify a signature: ${name}`} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
