import { List } from '@mantine/core';
import type { Attempt } from '../../api/types';
import { CodeBlock } from '../../ui/code-block';
import { curlOf } from './curl';
import { Disclosure } from './disclosure';

/** The request to send again from a terminal. */
export function AsCurl({ request }: { request: Attempt['request'] }) {
  return (
    <Disclosure title="Copy as curl">
      <Command request={request} />
    </Disclosure>
  );
}

function Command({ request }: { request: Attempt['request'] }) {
  const { command, notes } = curlOf(request);
  return (
    <>
      <CodeBlock text={command} label="Curl command" />
      <List size="xs" c="dimmed">
        {notes.map((note) => (
          <List.Item key={note}>{note}</List.Item>
        ))}
      </List>
    </>
  );
}
