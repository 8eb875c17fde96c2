import { Paper, Skeleton, Table, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Cards } from './data-cards';
import classes from './data-table.module.css';
import { count } from './format';
import { useIsPhone } from './use-phone';

export interface Column<Row> {
  key: string;
  header: string;
  /** The first column's cell should hold the row's link: give that link the class `rowLink` (see RowLink). */
  cell: (row: Row) => React.ReactNode;
  align?: 'left' | 'right';
  /** As CSS has it; columns without share what is left. */
  width?: string;
  /** The header is for screen readers only, as over buttons. */
  isHeaderHidden?: boolean;
  /** Left out where there is little room. */
  isWideOnly?: boolean;
}

interface Props<Row> {
  /** What the rows are, as in "Deliveries": the table's name. */
  label: string;
  columns: readonly Column<Row>[];
  /** Undefined while they are loaded. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** Shown instead of no rows. */
  empty: React.ReactNode;
  skeletonRows?: number;
  /** They are of before: others are being loaded. */
  isStale?: boolean;
}

const LAPTOP = '(min-width: 62em)';

/** Rows of one kind: a table, and on phones a card for each. */
export function DataTable<Row>(props: Props<Row>) {
  const isPhone = useIsPhone();
  const isWide = useMediaQuery(LAPTOP, true, { getInitialValueInEffect: false });
  const { label, rows, empty, isStale = false } = props;
  const columns = isWide || isPhone ? props.columns : props.columns.filter((column) => !column.isWideOnly);
  const isLoading = rows === undefined || isStale;
  return (
    <>
      {/* What a filter leaves is seen; it is said too. */}
      <VisuallyHidden aria-live="polite">
        {isLoading ? '' : `${label}: ${rows.length === 0 ? 'none' : count(rows.length, 'row')}`}
      </VisuallyHidden>
      {rows?.length === 0 ? (
        <Paper withBorder>{empty}</Paper>
      ) : (
        <Paper withBorder className={classes.frame ?? ''} aria-busy={isLoading} data-stale={isStale}>
          {isPhone ? <Cards {...props} /> : <Rows {...props} columns={columns} />}
        </Paper>
      )}
    </>
  );
}

function Rows<Row>({ label, columns, rows, rowKey, skeletonRows = 8 }: Props<Row>) {
  return (
    <Table aria-label={label} verticalSpacing="xs" horizontalSpacing="md" className={classes.table ?? ''}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ key, header, align, width, isHeaderHidden }) => (
            <Table.Th key={key} ta={align ?? 'left'} {...(width === undefined ? {} : { w: width })}>
              {isHeaderHidden ? <VisuallyHidden>{header}</VisuallyHidden> : header}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows === undefined
          ? Array.from({ length: skeletonRows }, (_, row) => row).map((row) => (
              <Table.Tr key={row}>
                {columns.map(({ key, align }, index) => (
                  <Table.Td key={key}>
                    <Skeleton
                      height={22}
                      width={index === 0 ? '80%' : '60%'}
                      {...(align === 'right' ? { ml: 'auto' } : {})}
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))
          : rows.map((row) => (
              <Table.Tr key={rowKey(row)} className={classes.row ?? ''}>
                {columns.map(({ key, cell, align }) => (
                  <Table.Td key={key} ta={align ?? 'left'}>
                    {cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
      </Table.Tbody>
    </Table>
  );
}
