//! What is measured, and what is to be reached. Each scenario brings its servers up, measures, and takes them down again.

mod backlog;
mod endpoints;
mod fanout;
mod growth;
mod idle;
mod isolation;
mod lag;
mod nats;
mod one;
mod pages;
mod payload;
mod registered;
mod storm;
mod waiting;

use crate::context::Context;
use crate::row::Row;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    One,
    Nats,
    Fanout10,
    Fanout1000,
    Endpoints1000,
    Endpoints10000,
    Lag,
    Payload,
    Isolation,
    Backlog,
    Registered,
    Storm,
    GrowthEndpoints,
    GrowthBacklog,
    GrowthLog,
    Pages,
}

const THOUSAND: endpoints::Plan = endpoints::Plan {
    endpoints: 1_000,
    quick_endpoints: 1_000,
    events: 60_000,
    quick_events: 15_000,
    part: 0.7,
    is_idle_first: false,
};
const TEN_THOUSAND: endpoints::Plan = endpoints::Plan {
    endpoints: 10_000,
    quick_endpoints: 2_000,
    events: 60_000,
    quick_events: 15_000,
    part: 0.5,
    is_idle_first: true,
};

impl Scenario {
    /// In the order in which they run.
    pub const ALL: [Self; 16] = [
        Self::One,
        Self::Nats,
        Self::Fanout10,
        Self::Fanout1000,
        Self::Endpoints1000,
        Self::Endpoints10000,
        Self::Lag,
        Self::Payload,
        Self::Isolation,
        Self::Backlog,
        Self::Registered,
        Self::Storm,
        Self::GrowthEndpoints,
        Self::GrowthBacklog,
        Self::GrowthLog,
        Self::Pages,
    ];

    /// The rows that it brings, whose names it goes by.
    pub fn rows(self) -> &'static [&'static str] {
        match self {
            Self::One => &["one", "one-default"],
            Self::Nats => &["nats"],
            Self::Fanout10 => &["fanout-10"],
            Self::Fanout1000 => &["fanout-1000"],
            Self::Endpoints1000 => &["endpoints-1000-uniform", "endpoints-1000-zipf"],
            Self::Endpoints10000 => &["idle", "endpoints-10000-uniform", "endpoints-10000-zipf"],
            Self::Lag => &["lag"],
            Self::Payload => &["payload-1k", "payload-20k", "payload-256k"],
            Self::Isolation => &["isolation"],
            Self::Backlog => &["backlog"],
            Self::Registered => &["registered", "sparse"],
            Self::Storm => &["storm"],
            Self::GrowthEndpoints => &["growth-endpoints"],
            Self::GrowthBacklog => &["growth-backlog"],
            Self::GrowthLog => &["growth-log"],
            Self::Pages => &["pages"],
        }
    }

    /// Whether a name means it: that of a row, or what some of its rows' names begin with.
    pub fn is_called(self, name: &str) -> bool {
        let begins =
            |row: &&str| row.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        self.rows().iter().any(begins)
    }

    /// Whether its figures are held against those of `one`, in the same run.
    pub fn needs_one(self) -> bool {
        matches!(self, Self::Endpoints1000 | Self::Endpoints10000)
    }

    pub async fn run(self, cx: &mut Context) -> anyhow::Result<Vec<Row>> {
        match self {
            Self::One => one::run(cx).await,
            Self::Nats => nats::run(cx).await,
            Self::Fanout10 => fanout::run(cx, 10, 6_000).await,
            Self::Fanout1000 => fanout::run(cx, 1_000, 100).await,
            Self::Endpoints1000 => endpoints::run(cx, &THOUSAND).await,
            Self::Endpoints10000 => endpoints::run(cx, &TEN_THOUSAND).await,
            Self::Lag => lag::run(cx).await,
            Self::Payload => payload::run(cx).await,
            Self::Isolation => isolation::run(cx).await,
            Self::Backlog => backlog::run(cx).await,
            Self::Registered => registered::run(cx).await,
            Self::Storm => storm::run(cx).await,
            Self::GrowthEndpoints => growth::endpoints(cx).await,
            Self::GrowthBacklog => growth::backlog(cx).await,
            Self::GrowthLog => growth::log(cx).await,
            Self::Pages => pages::run(cx).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_its_rows_and_no_others() {
        let called =
            |name: &str| Scenario::ALL.into_iter().filter(|one| one.is_called(name)).collect::<Vec<_>>();
        assert_eq!(called("one"), [Scenario::One]);
        assert_eq!(called("one-default"), [Scenario::One]);
        assert_eq!(called("endpoints-1000"), [Scenario::Endpoints1000]);
        assert_eq!(called("endpoints-10000"), [Scenario::Endpoints10000]);
        assert_eq!(called("idle"), [Scenario::Endpoints10000]);
        assert_eq!(called("fanout").len(), 2);
        assert_eq!(called("on"), []);
    }

    #[test]
    fn every_row_has_its_own_name() {
        let mut names: Vec<&str> =
            Scenario::ALL.iter().flat_map(|scenario| scenario.rows()).copied().collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
