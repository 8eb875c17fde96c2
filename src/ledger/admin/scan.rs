//! A look along rows for those that fit, newest first: bounded, so that no filter makes a listing look at everything.
//!
//! It says how many rows to read and from where, and is given them; the reading is its caller's.

/// How many rows a listing may look at before it answers with what it found and a cursor.
pub const SCAN_ROWS_MAX: usize = 20_000;
/// How many rows a filtered listing looks at first; each time after, where that was not enough, twice as many.
const SCAN_BATCH_ROWS: usize = 1_000;

/// How long a scan is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Rows to be found.
    pub limit: usize,
    /// Whether rows that are looked at may not fit. Where all do, no more are read than are found, and one.
    pub is_filtered: bool,
}

/// A scan under way. `C` is a place in the order of the rows: behind a row, before the next.
#[derive(Debug)]
pub(super) struct Scan<R, C> {
    limit: usize,
    batch: usize,
    /// Rows that may still be read.
    left: usize,
    /// Behind the last row that was looked at.
    after: C,
    found: Vec<R>,
    is_over: bool,
    is_at_end: bool,
}

impl<R, C: Copy> Scan<R, C> {
    pub(super) fn new(reach: Reach, after: C) -> Self {
        let Reach { limit, is_filtered } = reach;
        Self {
            limit,
            batch: if is_filtered { SCAN_BATCH_ROWS.max(limit + 1) } else { limit + 1 },
            left: SCAN_ROWS_MAX,
            after,
            found: Vec::with_capacity(limit),
            is_over: false,
            is_at_end: false,
        }
    }

    fn rows(&self) -> usize {
        self.batch.min(self.left)
    }

    /// From where to read, and how many rows; `None` when it is over.
    pub(super) fn wants(&self) -> Option<(C, usize)> {
        (!self.is_over && self.rows() > 0).then(|| (self.after, self.rows()))
    }

    /// The rows that were read: as many as it wanted, or all that there are.
    pub(super) fn take(&mut self, rows: Vec<R>, place: impl Fn(&R) -> C, fits: impl Fn(&R) -> bool) {
        let is_last = rows.len() < self.rows();
        self.left -= self.rows();
        self.batch *= 2;
        for row in rows {
            if self.found.len() == self.limit {
                self.is_over = true;
                return;
            }
            self.after = place(&row);
            if fits(&row) {
                self.found.push(row);
            }
        }
        self.is_at_end = is_last;
        self.is_over = is_last;
    }

    /// What was found, and where there may be more.
    pub(super) fn end(self) -> (Vec<R>, Option<C>) {
        let next = (!self.is_at_end).then_some(self.after);
        (self.found, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scan of the numbers below `after`; with how many rows each step read.
    fn numbers(
        reach: Reach,
        after: usize,
        fits: impl Fn(&usize) -> bool,
    ) -> (Vec<usize>, Option<usize>, Vec<usize>) {
        let (mut scan, mut read) = (Scan::new(reach, after), Vec::new());
        while let Some((after, rows)) = scan.wants() {
            let found: Vec<usize> = (after.saturating_sub(rows)..after).rev().collect();
            read.push(found.len());
            scan.take(found, |row| *row, &fits);
        }
        let (found, next) = scan.end();
        (found, next, read)
    }

    #[test]
    fn a_list_that_leaves_nothing_out_reads_one_row_more() {
        let reach = Reach { limit: 2, is_filtered: false };
        assert_eq!(numbers(reach, 9, |_| true), (vec![8, 7], Some(7), vec![3]));
        assert_eq!(numbers(reach, 3, |_| true), (vec![2, 1], Some(1), vec![3]));
        assert_eq!(numbers(reach, 2, |_| true), (vec![1, 0], None, vec![2]));
        assert_eq!(numbers(reach, 0, |_| true), (vec![], None, vec![0]));
    }

    #[test]
    fn a_filter_looks_at_so_many_rows_and_no_more() {
        let reach = Reach { limit: 5, is_filtered: true };
        let rare = |number: &usize| number.is_multiple_of(30_000);
        let (found, next, read) = numbers(reach, 50_000, rare);
        assert_eq!((found, next, read.iter().sum()), (vec![30_000], Some(30_000), SCAN_ROWS_MAX));
        let (found, next, read) = numbers(reach, 30_000, rare);
        assert_eq!((found, next, read.iter().sum()), (vec![], Some(10_000), SCAN_ROWS_MAX));
        let (found, next, read) = numbers(reach, 10_000, rare);
        assert_eq!((found, next, read.iter().sum()), (vec![0], None, 10_000));
    }

    #[test]
    fn a_full_page_goes_on_behind_what_it_looked_at() {
        let reach = Reach { limit: 2, is_filtered: true };
        assert_eq!(
            numbers(reach, 10_000, |number| number.is_multiple_of(10)),
            (vec![9990, 9980], Some(9980), vec![1000])
        );
    }
}
