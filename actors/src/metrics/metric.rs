//! What a metric is: enough to tell the exporter, and whoever reads docs/METRICS.md.

use metrics::{Unit, with_recorder};

#[derive(Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// What one of it is: seconds, bytes, or what is counted.
    pub unit: &'static str,
    pub labels: &'static [Label],
    pub help: &'static str,
    /// What one looks at it for.
    pub purpose: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

#[derive(Debug)]
pub struct Label {
    pub name: &'static str,
    pub values: Values,
}

#[derive(Debug)]
pub enum Values {
    /// These, and no others.
    These(fn() -> Vec<&'static str>),
    /// As many as there are of this.
    Any(&'static str),
}

impl Metric {
    /// Tells the exporter what the name means. What is counted from nothing on is seen to rise with its first count: `rate`
    /// and `increase` need two values, so a counter begins at zero with each value of its label.
    pub fn describe(&self) {
        let (name, unit) = (self.name, Unit::from_string(self.unit));
        with_recorder(|recorder| match self.kind {
            Kind::Counter => recorder.describe_counter(name.into(), unit, self.help.into()),
            Kind::Gauge => recorder.describe_gauge(name.into(), unit, self.help.into()),
            Kind::Histogram => recorder.describe_histogram(name.into(), unit, self.help.into()),
        });
        if self.kind == Kind::Counter {
            self.begin_at_zero();
        }
    }

    fn begin_at_zero(&self) {
        match self.labels {
            [] => metrics::counter!(self.name).absolute(0),
            [Label { name, values: Values::These(values) }] => {
                for value in values() {
                    metrics::counter!(self.name, *name => value).absolute(0);
                }
            }
            // Which there are is not known before.
            _ => {}
        }
    }
}
