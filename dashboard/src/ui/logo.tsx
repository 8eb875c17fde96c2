/** A hook that catches an arrow, in a yard's square. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--mantine-color-indigo-7)" />
      <g fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" strokeLinejoin="round">
        <path d="M9 7v18M23 7v6a7 7 0 0 1-7 7h-7" />
        <path d="m19.5 10.5 3.5-3.5 3.5 3.5" />
      </g>
    </svg>
  );
}
