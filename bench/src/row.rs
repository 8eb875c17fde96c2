//! What one run of one scenario brought.

use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Goal, Unit};

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub name: String,
    /// What was done, in words.
    pub what: String,
    /// Below its stated size.
    pub is_scaled: bool,
    pub figures: Vec<Figure>,
    pub series: Vec<Series>,
}

/// Points of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

impl Row {
    pub fn new(name: impl Into<String>, what: impl Into<String>, is_scaled: bool) -> Self {
        let (name, what) = (name.into(), what.into());
        Self { name, what, is_scaled, figures: Vec::new(), series: Vec::new() }
    }

    pub fn add(&mut self, name: impl Into<String>, unit: Unit, value: f64) {
        self.figures.push(Figure { name: name.into(), unit, value, goal: None });
    }

    /// The same with what it is to reach.
    pub fn aim(&mut self, name: impl Into<String>, unit: Unit, value: f64, goal: Goal) {
        self.figures.push(Figure { name: name.into(), unit, value, goal: Some(goal) });
    }

    /// What a figure that is there already is to reach.
    pub fn set_goal(&mut self, name: &str, goal: Goal) {
        for figure in self.figures.iter_mut().filter(|figure| figure.name == name) {
            figure.goal = Some(goal);
        }
    }

    pub fn draw(&mut self, name: impl Into<String>, points: Vec<(f64, f64)>) {
        self.series.push(Series { name: name.into(), points });
    }
}
