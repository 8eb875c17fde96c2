//! The few numbers that are made of numbers.

/// The middle of them, or the mean of the two in the middle; not a number where there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => f64::midpoint(*value, sorted[middle - 1]),
    }
}

/// The smallest value that so large a part of them does not exceed; not a number where there are none.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The exponent that cost grows with: the slope of the least-squares line through (ln n, ln cost). A size of nothing
/// counts as one. 0: flat; 1: proportional.
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(n, cost)| (n.max(1.0).ln(), cost.ln())).collect();
    let count = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let together: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let spread: f64 = logs.iter().map(|point| (point.0 - x).powi(2)).sum();
    together / spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5_f64.to_bits());
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.99).to_bits(), 198.0_f64.to_bits());
        assert_eq!(percentile(&[7.0], 0.99).to_bits(), 7.0_f64.to_bits());
        assert!(percentile(&[], 0.99).is_nan());
    }

    #[test]
    fn the_exponent_of_a_power_is_found() {
        for power in [0.0, 0.5, 1.0, -0.25] {
            let points: Vec<(f64, f64)> =
                [1.0_f64, 10.0, 100.0, 10_000.0].iter().map(|n| (*n, 300.0 * n.powf(power))).collect();
            assert!((exponent(&points) - power).abs() < 1e-9, "{power}");
        }
        let from_nothing = [(0.0, 100.0), (1_000.0, 100.0)];
        assert!(exponent(&from_nothing).abs() < 1e-9);
    }
}
