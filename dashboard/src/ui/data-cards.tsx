import { Skeleton } from '@mantine/core';
import type { Column } from './data-table';
import classes from './data-table.module.css';

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
}

/** The rows of a table where there is no room for one. */
export function Cards<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  const [first, ...rest] = columns;
  if (rows === undefined) {
    return (
      <ul className={classes.cards} aria-label={label}>
        {[0, 1, 2, 3].map((card) => (
          <li key={card} className={classes.card}>
            <Skeleton height={22} width="70%" mb={8} />
            <Skeleton height={18} mb={4} />
            <Skeleton height={18} width="50%" />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <ul className={classes.cards} aria-label={label}>
      {rows.map((row) => (
        <li key={rowKey(row)} className={classes.card}>
          <div className={classes.head}>{first?.cell(row)}</div>
          <dl className={classes.facts}>
            {rest.map(({ key, header, cell, isHeaderHidden }) => (
              <div key={key} className={classes.fact}>
                <dt {...(isHeaderHidden ? { className: classes.unseen ?? '' } : {})}>{header}</dt>
                <dd>{cell(row)}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
