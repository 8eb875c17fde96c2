import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { asApiError, isApiError } from '../api/error';
import { ErrorState } from '../ui/error-state';
import { inert } from '../ui/inert';
import { PageHeader } from '../ui/page-header';

/** A page broke. The rest of the dashboard goes on. */
export function Crash({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  if (isApiError(error)) {
    return (
      <Stack>
        <PageHeader title="This page could not be loaded" />
        <ErrorState error={error} onRetry={again} />
      </Stack>
    );
  }
  const message = asApiError(error).detail;
  const isOld = /dynamically imported module|module script/i.test(message);
  return (
    <Stack>
      <PageHeader title={isOld ? 'Hookyard has changed' : 'This page broke'} />
      <Alert color="red" variant="outline" role="alert">
        <Stack gap="sm">
          <Text size="sm">
            {isOld
              ? 'A part of this page could not be loaded. Hookyard was most likely updated meanwhile: reload, and you have the new version.'
              : 'This is a mistake of the dashboard. Reload the page; if it comes again, tell who runs Hookyard what stands below.'}
          </Text>
          {!isOld && <Code block>{inert(message)}</Code>}
          <Group gap="xs">
            <Button size="xs" onClick={() => globalThis.location.reload()}>
              Reload
            </Button>
            <Button size="xs" variant="default" onClick={again}>
              Try again
            </Button>
          </Group>
        </Stack>
      </Alert>
    </Stack>
  );
}
