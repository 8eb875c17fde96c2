import { Paper } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { EmptyState } from '../ui/empty-state';
import { ButtonLink } from '../ui/links';
import { PageHeader } from '../ui/page-header';

export function NotFound() {
  return (
    <>
      <PageHeader title="Page not found" />
      <Paper withBorder mt="md">
        <EmptyState
          icon={IconMapOff}
          title="There is nothing at this address"
          action={
            <ButtonLink to="/" variant="default">
              To the overview
            </ButtonLink>
          }
        >
          It may have a typing mistake, or come from another version of the dashboard.
        </EmptyState>
      </Paper>
    </>
  );
}
