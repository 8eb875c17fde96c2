import classes from './key-values.module.css';

interface Props {
  items: readonly (readonly [label: string, value: React.ReactNode])[];
}

/** What is known of one thing, name by name. */
export function KeyValues({ items }: Props) {
  return (
    <dl className={classes.list}>
      {items.map(([label, value]) => (
        <div key={label} className={classes.pair}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
