import { Table, VisuallyHidden } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { Role } from '../../api/types';
import { rights, roleText } from './role';

/** What each role may. */
export function RightsTable({ roles, chosen }: { roles: readonly Role[]; chosen: Role }) {
  return (
    <Table.ScrollContainer minWidth={roles.length > 4 ? 360 : 270} type="native">
      <Table aria-label="What each role may" fz="xs" verticalSpacing={4} horizontalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>May</Table.Th>
            {roles.map((role) => (
              <Table.Th key={role} ta="center" {...(role === chosen ? { c: 'var(--hy-accent)' } : {})}>
                {roleText(role)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rights(roles).map(({ what, has }) => (
            <Table.Tr key={what}>
              <Table.Th scope="row" fw={400}>
                {what}
              </Table.Th>
              {roles.map((role, index) => (
                <Table.Td key={role} ta="center">
                  {has[index] ? (
                    <IconCheck size={16} role="img" aria-label="yes" color="var(--hy-good)" />
                  ) : (
                    <VisuallyHidden>no</VisuallyHidden>
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
