//! Results as SVG: a curve over sizes, or bars. Readable on light and on dark.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const LINES: usize = 5;
/// Whoever looks at it in the dark wants light lines.
const STYLE: &str = "text{fill:#24292f}.axis{stroke:#57606a}.grid{stroke:#d0d7de}.a{stroke:#0969da;fill:#0969da}\
.b{stroke:#bf5700;fill:#bf5700}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{stroke:#8b949e}\
.grid{stroke:#30363d}.a{stroke:#58a6ff;fill:#58a6ff}.b{stroke:#f0883e;fill:#f0883e}}";

pub struct Chart<'a> {
    pub title: &'a str,
    pub across: Axis<'a>,
    pub up: &'a str,
    /// One or two, with what they are called.
    pub curves: Vec<(&'a str, Vec<(f64, f64)>)>,
    pub shape: Shape,
}

#[derive(Debug, Clone, Copy)]
pub struct Axis<'a> {
    pub title: &'a str,
    /// Each step is ten times the one before; nothing counts as one.
    pub is_logarithmic: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Line,
    Bars,
}

impl Chart<'_> {
    pub fn svg(&self) -> String {
        let points = || self.curves.iter().flat_map(|(_, points)| points);
        let most = points().map(|(_, y)| *y).fold(0.0, f64::max);
        let top = rounded_up(most);
        let xs: Vec<f64> = points().map(|(x, _)| self.placed(*x)).collect();
        let (first, last) =
            (xs.iter().copied().fold(f64::INFINITY, f64::min), xs.iter().copied().fold(1e-9, f64::max));
        let span = (last - first).max(1e-9);
        let x = |value: f64| LEFT + (self.placed(value) - first) / span * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<style>{STYLE}</style>\n<text x=\"{LEFT}\" y=\"18\" font-size=\"14\">{}</text>\n",
            self.title
        );
        // Writing to a String cannot fail, here and below.
        for line in 0..=LINES {
            let value = top * line as f64 / LINES as f64;
            let at = y(value);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                at + 4.0,
                short(value)
            );
        }
        for value in self.ticks() {
            let _ = writeln!(
                text,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x(value),
                HEIGHT - BOTTOM + 18.0,
                short(value)
            );
        }
        for ((name, points), class) in self.curves.iter().zip(["a", "b"]) {
            self.curve(&mut text, points, class, (&x, &y));
            let at = if class == "a" { LEFT + 10.0 } else { LEFT + 200.0 };
            let _ = writeln!(
                text,
                "<rect class=\"{class}\" x=\"{at}\" y=\"26\" width=\"10\" height=\"4\"/><text x=\"{}\" y=\"32\">{name}</text>",
                at + 16.0
            );
        }
        let _ = writeln!(
            text,
            "<path class=\"axis\" fill=\"none\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>\n\
             <text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n\
             <text transform=\"translate(16 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n</svg>",
            HEIGHT - 10.0,
            self.across.title,
            self.up,
            bottom = HEIGHT - BOTTOM,
            right = WIDTH - RIGHT,
            middle = HEIGHT / 2.0,
        );
        text
    }

    fn curve(
        &self,
        text: &mut String,
        points: &[(f64, f64)],
        class: &str,
        (x, y): (&dyn Fn(f64) -> f64, &dyn Fn(f64) -> f64),
    ) {
        let bottom = HEIGHT - BOTTOM;
        if self.shape == Shape::Bars {
            let width = ((WIDTH - LEFT - RIGHT) / points.len().max(1) as f64 - 0.5).max(0.5);
            for (across, up) in points.iter().filter(|(_, up)| *up > 0.0) {
                let _ = writeln!(
                    text,
                    "<rect class=\"{class}\" stroke=\"none\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
                    x(*across),
                    y(*up),
                    bottom - y(*up)
                );
            }
            return;
        }
        let line: Vec<String> =
            points.iter().map(|(across, up)| format!("{:.1},{:.1}", x(*across), y(*up))).collect();
        let _ = writeln!(
            text,
            "<polyline class=\"{class}\" style=\"fill:none\" stroke-width=\"2\" points=\"{}\"/>",
            line.join(" ")
        );
        for (across, up) in points {
            let _ = writeln!(
                text,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
                x(*across),
                y(*up)
            );
        }
    }

    fn placed(&self, value: f64) -> f64 {
        if self.across.is_logarithmic { value.max(1.0).log10() } else { value }
    }

    /// What is written below: the points themselves, or a few of very many.
    fn ticks(&self) -> Vec<f64> {
        let all: Vec<f64> = self
            .curves
            .first()
            .map(|(_, points)| points.iter().map(|(x, _)| *x).collect())
            .unwrap_or_default();
        let step = all.len().div_ceil(12).max(1);
        all.into_iter().step_by(step).collect()
    }
}

/// The next of 1, 2, 5, 10, 20, …
fn rounded_up(most: f64) -> f64 {
    let most = most.max(1e-9);
    let ten = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * ten).find(|top| *top >= most).unwrap_or(most)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", trimmed(value / 1e6)),
        value if value >= 1e3 => format!("{}k", trimmed(value / 1e3)),
        value => trimmed(value),
    }
}

/// Without zeros at the end.
fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_lies_within_the_axes() {
        let across = Axis { title: "endpoints", is_logarithmic: true };
        let curves = vec![("deliveries/s", vec![(0.0, 10.0), (10.0, 3_999.0), (10_000.0, 0.0)])];
        let chart = Chart { title: "Throughput", across, up: "a second", curves, shape: Shape::Line };
        let svg = chart.svg();
        let points = svg.split("points=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert_eq!(points, "70.0,269.5 227.5,86.0 700.0,270.0");
        for text in ["Throughput", "endpoints", "a second", ">4k<", ">10k<", "prefers-color-scheme:dark"] {
            assert!(svg.contains(text), "no {text} in {svg}");
        }
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (most, top) in [(0.9, 1.0), (1.1, 2.0), (4_073.0, 5_000.0), (5_001.0, 10_000.0)] {
            assert!((rounded_up(most) - top).abs() < 1e-9, "{most}");
        }
        assert_eq!([0.0, 0.25, 12.5, 1_000.0, 2_500_000.0].map(short), ["0", "0.25", "12.5", "1k", "2.5M"]);
    }
}
