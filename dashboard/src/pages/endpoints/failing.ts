/** So many failed attempts in a row, and an endpoint is told as failing: fewer come and go. */
export const FAILING_IN_A_ROW = 3;
