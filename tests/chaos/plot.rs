//! Samples over time as an SVG: one small plot below the other, each from nothing to a little above its most.

use std::fmt::Write as _;

use crate::resources::Sample;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 90.0;
/// Above each plot, for its title, and on the left.
const HEAD: f64 = 24.0;
const MARGIN: f64 = 10.0;

type Series<'a> = (&'a str, Vec<(f64, f64)>);

/// What these samples show.
pub fn svg(samples: &[Sample]) -> String {
    let of = |value: fn(&Sample) -> Option<f64>| -> Vec<(f64, f64)> {
        samples.iter().filter_map(|sample| Some((sample.seconds, value(sample)?))).collect()
    };
    let all: [Series<'_>; 5] = [
        ("memory, MiB", of(|sample| Some(sample.resident_bytes as f64 / f64::from(1 << 20)))),
        ("open files", of(|sample| Some(sample.files as f64))),
        ("connections", of(|sample| Some(sample.connections as f64))),
        ("tasks", of(|sample| sample.tasks)),
        ("streams of the queue, KiB", of(|sample| Some(sample.stream_bytes? as f64 / 1024.0))),
    ];
    let height = (HEIGHT + HEAD) * all.len() as f64 + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let end = samples.last().map_or(1.0, |sample| sample.seconds.max(1.0));
    for (row, (title, points)) in all.iter().enumerate() {
        plot(&mut text, (HEIGHT + HEAD) * row as f64 + HEAD, title, points, end);
    }
    text.push_str("</svg>\n");
    text
}

/// One of them, whose upper edge is there.
fn plot(text: &mut String, top: f64, title: &str, points: &[(f64, f64)], end: f64) {
    let most = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let last = points.last().map_or(0.0, |(_, value)| *value);
    let (width, bottom) = (WIDTH - 2.0 * MARGIN, top + HEIGHT);
    let line: Vec<String> = points
        .iter()
        .map(|(at, value)| {
            let (x, y) = (MARGIN + width * at / end, bottom - HEIGHT * value / (1.1 * most).max(1.0));
            format!("{x:.1},{y:.1}")
        })
        .collect();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "<text x=\"{MARGIN}\" y=\"{:.0}\">{title}: {most:.0} at most, {last:.0} at the end of {:.0} min</text>\n\
         <path d=\"M{MARGIN} {top}V{bottom}H{:.0}\" fill=\"none\" stroke=\"#999\"/>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#06c\"/>",
        top - 6.0,
        end / 60.0,
        WIDTH - MARGIN,
        line.join(" "),
    );
}
