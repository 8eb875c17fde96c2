import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { CopyButton } from '../../ui/copy-button';
import { inert } from '../../ui/inert';
import { ButtonLink } from '../../ui/links';

interface Props {
  eventId: string;
  duplicate: boolean;
  /** It waits for the time it is to be delivered at. */
  isScheduled: boolean;
  onAgain: () => void;
}

/** What became of what was sent, in the place of the form: the focus comes here, as its button is gone. */
export function Published({ eventId, duplicate, isScheduled, onAgain }: Props) {
  const { tenant } = useApi();
  const { can } = useSession();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="status"
      color={duplicate ? 'gray' : 'green'}
      variant="outline"
      icon={<IconCheck aria-hidden />}
      title={duplicate ? 'It was published before' : 'The event is accepted'}
      maw={820}
    >
      <Stack gap="sm">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {duplicate
            ? 'An event with this id was published before: nothing is delivered again.'
            : isScheduled
              ? 'It is kept until its time has come, and then goes to the endpoints that are subscribed to it.'
              : 'It is kept, and on its way to the endpoints that are subscribed to it.'}{' '}
          Its id is <span className="hy-mono">{inert(eventId)}</span>.
          <CopyButton value={eventId} label="Copy the event id" />
        </Text>
        <Group gap="xs">
          {can('read') && (
            <ButtonLink to="/t/$tenant/events/$eventId" params={{ tenant, eventId }}>
              See the event
            </ButtonLink>
          )}
          <Button variant="default" onClick={onAgain}>
            Publish another
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
