import { Button, Paper, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { CodeBlock } from '../../ui/code-block';
import { ButtonLink } from '../../ui/links';
import { commands } from './commands';
import classes from './overview.module.css';

interface Props {
  hasEndpoint: boolean;
  hasEvent: boolean;
  hasDelivery: boolean;
  onDone: () => void;
}

/** Nothing has happened here yet: how it begins. Gone once it has. */
export function FirstRun({ hasEndpoint, hasEvent, hasDelivery, onDone }: Props) {
  const { tenant } = useApi();
  const { isOperator, can } = useSession();
  const command = commands({
    origin: globalThis.location.origin,
    tenant: isOperator ? tenant : null,
  });
  return (
    <Paper withBorder p={{ base: 'md', sm: 'xl' }} component="section" aria-labelledby="first-run">
      <Title order={2} id="first-run">
        Three steps to the first delivery
      </Title>
      <Text c="dimmed" size="sm" mt={4} mb="lg" maw="70ch">
        Somebody publishes an event; every endpoint whose patterns match it is owed a delivery; Hookyard sends
        it and tries again until it arrives. In the commands, HOOKYARD_KEY is a key
        {can('write')
          ? ', as the one you signed in with'
          : ' of the role editor or admin: yours may only look'}
        .
      </Text>
      <ol className={classes.steps}>
        <Step number={1} title="Make an endpoint" isDone={hasEndpoint}>
          <Text size="sm">
            It is where events go: a URL, a signing secret, and patterns of event types. For a receiver to try
            it with, run <code className="hy-mono">hookyard listen</code> beside a local Hookyard and give
            http://127.0.0.1:8014/ as the URL.
          </Text>
          <CodeBlock text={command.endpoint} label="Command to make an endpoint" />
          {can('write') && (
            <div>
              <ButtonLink to="/t/$tenant/endpoints/new" params={{ tenant }} variant="default" size="xs">
                Or make it here
              </ButtonLink>
            </div>
          )}
        </Step>
        <Step number={2} title="Publish an event" isDone={hasEvent}>
          <Text size="sm">It has a type, in words with dots between, and data of any shape.</Text>
          <CodeBlock text={command.publish} label="Command to publish an event" />
          {can('publish') && (
            <div>
              <ButtonLink to="/t/$tenant/publish" params={{ tenant }} variant="default" size="xs">
                Or publish it here
              </ButtonLink>
            </div>
          )}
        </Step>
        <Step number={3} title="See it arrive" isDone={hasDelivery}>
          <Text size="sm">
            The attempt shows up below the moment it ends, with what was sent and what was answered. On a
            terminal:
          </Text>
          <CodeBlock text={command.look} label="Command to list deliveries" />
        </Step>
      </ol>
      {hasEvent && (
        <Button mt="lg" size="xs" variant={hasDelivery ? 'filled' : 'default'} onClick={onDone}>
          Hide these steps
        </Button>
      )}
    </Paper>
  );
}

interface StepProps {
  number: number;
  title: string;
  isDone: boolean;
  children: React.ReactNode;
}

function Step({ number, title, isDone, children }: StepProps) {
  return (
    <li className={classes.step} data-done={isDone}>
      <span className={classes.mark} aria-hidden>
        {isDone ? <IconCheck size={18} /> : number}
      </span>
      <div style={{ display: 'grid', gap: '0.5rem' }}>
        <Title order={3}>
          {title}
          {isDone && ' (done)'}
        </Title>
        {children}
      </div>
    </li>
  );
}
