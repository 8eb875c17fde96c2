import { Paper, Stack, Text, Title } from '@mantine/core';
import type { Status } from '../../api/types';
import { type Column, DataTable } from '../../ui/data-table';
import { list } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Time } from '../../ui/time';
import { shardsOf, versions } from './shards';
import classes from './system.module.css';

type Node = Status['nodes'][number];

/** The nodes, and which shard is whose. */
export function Nodes({ status }: { status: Status | undefined }) {
  const nodes = status?.nodes;
  const running = versions(nodes ?? []);
  const columns: Column<Node>[] = [
    {
      key: 'name',
      header: 'Node',
      cell: (node) => (
        <Text size="sm" fw={600} component="span">
          {nodes && nodes.length > 1 ? `${nodes.indexOf(node) + 1}. ` : ''}
          {inert(node.name)}
        </Text>
      ),
    },
    { key: 'version', header: 'Version', cell: ({ version }) => inert(version) },
    { key: 'shards', header: 'Shards', align: 'right', cell: ({ shards }) => shards.length },
    { key: 'seen', header: 'Last seen', cell: ({ seenAt }) => <Time at={seenAt} /> },
  ];
  return (
    <section aria-labelledby="nodes">
      <Title order={2} id="nodes" mb="xs">
        Nodes and shards
      </Title>
      <Stack gap="sm">
        {running.length > 1 && (
          <Text size="sm" c="var(--hy-warn)">
            Several versions run side by side: {list(running)}. That is so during an update, and should not
            stay so.
          </Text>
        )}
        <DataTable
          label="Nodes"
          columns={columns}
          rows={nodes}
          rowKey={({ name }) => name}
          skeletonRows={1}
          empty={
            <Text p="md" size="sm">
              No node was seen within the last 10 seconds, though one answers. Look at its log.
            </Text>
          }
        />
        {nodes !== undefined && nodes.length > 0 && <Shards nodes={nodes} />}
      </Stack>
    </section>
  );
}

function Shards({ nodes }: { nodes: readonly Node[] }) {
  const shards = shardsOf([...nodes]);
  if (shards.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Text size="xs" c="dimmed" mb="xs">
        Each shard is a part of the endpoints, and belongs to one node at a time.
      </Text>
      <ul className={classes.shards} aria-label="Shards and their nodes">
        {shards.map(({ number, node }) => (
          <li
            key={number}
            className={classes.shard}
            data-owned={node !== null}
            title={node === null ? 'Nobody’s' : inert(nodes[node]?.name ?? '')}
          >
            <b>{number}</b>
            {node === null ? 'nobody' : `node ${node + 1}`}
          </li>
        ))}
      </ul>
    </Paper>
  );
}
