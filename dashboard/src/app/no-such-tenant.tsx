import { Paper } from '@mantine/core';
import { IconBuildingOff } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { EmptyState } from '../ui/empty-state';
import { ButtonLink } from '../ui/links';
import { PageHeader } from '../ui/page-header';

export function NoSuchTenant() {
  const { tenant } = useParams({ strict: false });
  return (
    <>
      <PageHeader title="No such tenant" />
      <Paper withBorder mt="md">
        <EmptyState
          icon={IconBuildingOff}
          title={`There is no tenant “${tenant ?? ''}”`}
          action={
            <ButtonLink to="/tenants" variant="default">
              To the tenants
            </ButtonLink>
          }
        >
          It may have been deleted, or the address may have a mistake.
        </EmptyState>
      </Paper>
    </>
  );
}
