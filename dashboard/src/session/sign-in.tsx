import {
  Alert,
  Button,
  Center,
  Code,
  Group,
  List,
  Paper,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { asApiError } from '../api/error';
import { ownPath } from '../app/search';
import { LogoMark } from '../ui/logo';
import { useSessionState } from './hooks';
import { session } from './store';
import { farewell, keyFault, refusal } from './words';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { to } = route.useSearch();
  const router = useRouter();
  const state = useSessionState();
  const [key, setKey] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Hookyard';
  }, []);
  const field = useRef<HTMLInputElement>(null);
  const word = state.state === 'out' ? farewell(state.reason) : null;

  const signIn = async () => {
    const entered = key.trim();
    const wrong = keyFault(entered);
    setFault(wrong ?? null);
    if (wrong !== undefined) return field.current?.focus();
    setBusy(true);
    try {
      await session.signIn(entered);
      router.history.replace(ownPath(to) ?? '/');
    } catch (error) {
      setFault(refusal(asApiError(error)));
      // What is wrong is told with the field.
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  };

  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={440} gap="lg">
        <Group gap="sm">
          <LogoMark size={36} />
          <Title order={1} tabIndex={-1}>
            Sign in to Hookyard
          </Title>
        </Group>
        {word && (
          <Alert role="status" color={word.isBad ? 'red' : 'gray'} variant="outline">
            {word.text}
          </Alert>
        )}
        <Paper withBorder p="lg">
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              void signIn();
            }}
          >
            <Stack>
              <PasswordInput
                ref={field}
                label="Key"
                description="It is kept in this tab only, and forgotten when the tab is closed."
                placeholder="hy_…"
                name="key"
                value={key}
                onChange={(event) => {
                  setKey(event.currentTarget.value);
                  setFault(null);
                }}
                error={fault}
                aria-invalid={fault !== null}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={512}
                autoFocus
                visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
              />
              <Button type="submit" loading={isBusy}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <WhereKeysAre />
      </Stack>
    </Center>
  );
}

function WhereKeysAre() {
  return (
    <details>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        Where do I find a key?
      </Text>
      <List size="sm" mt="xs" spacing="xs">
        <List.Item>
          Started with <Code>hookyard dev</Code>: it prints the operator key when it is ready.
        </List.Item>
        <List.Item>
          The operator key of an installation is in its configuration: <Code>HOOKYARD_OPERATOR_KEY</Code> or{' '}
          <Code>server.operator_key</Code>.
        </List.Item>
        <List.Item>
          Who can reach the database makes one with{' '}
          <Code>hookyard keys create --role admin --tenant acme</Code>.
        </List.Item>
        <List.Item>
          Otherwise ask for one: an admin of your tenant makes keys here, under Keys. A viewer’s key is enough
          to look.
        </List.Item>
      </List>
    </details>
  );
}
