//! Which types of events were accepted, and how many of each, on their way to the ledger's catalogue.

use std::collections::HashMap;

use domain::event::Event;
use domain::matching::EventType;
use domain::tenant::TenantId;
use time::OffsetDateTime;

use crate::ledger::event_types::Seen;

/// Types in memory at a time, some 200 bytes each; one more is not counted.
const KEPT_MAX: usize = 20_000;

#[derive(Default)]
pub struct Types {
    kept: HashMap<TenantId, HashMap<EventType, Span>>,
    count: usize,
}

struct Span {
    events: u64,
    first: OffsetDateTime,
    last: OffsetDateTime,
}

impl Types {
    /// Nothing is copied of a type that is known already.
    pub fn add(&mut self, event: &Event) {
        let at = event.id.made_at();
        self.merge(&event.tenant, &event.event_type, &Span { events: 1, first: at, last: at });
    }

    fn merge(&mut self, tenant: &TenantId, event_type: &EventType, more: &Span) {
        let Span { events, first, last } = *more;
        if let Some(known) = self.kept.get_mut(tenant).and_then(|types| types.get_mut(event_type)) {
            known.events += events;
            known.first = known.first.min(first);
            known.last = known.last.max(last);
        } else if self.count < KEPT_MAX {
            self.count += 1;
            let types = self.kept.entry(tenant.clone()).or_default();
            types.insert(event_type.clone(), Span { events, first, last });
        }
    }

    pub fn take(&mut self) -> Vec<Seen> {
        let kept = std::mem::take(self).kept.into_iter();
        let of_tenant = |(tenant, types): (TenantId, HashMap<_, _>)| {
            types.into_iter().map(move |(event_type, Span { events, first, last })| Seen {
                tenant: tenant.clone(),
                event_type,
                events,
                first,
                last,
            })
        };
        kept.flat_map(of_tenant).collect()
    }

    /// What the ledger did not take is counted with what comes.
    pub fn put_back(&mut self, seen: impl Iterator<Item = Seen>) {
        for Seen { tenant, event_type, events, first, last } in seen {
            self.merge(&tenant, &event_type, &Span { events, first, last });
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-26 12:00 UTC);

    fn add(types: &mut Types, event_type: &str, minutes: i64) {
        let at = NOON + Duration::minutes(minutes);
        let span = Span { events: 1, first: at, last: at };
        types.merge(&"acme".parse().unwrap(), &event_type.parse().unwrap(), &span);
    }

    #[test]
    fn what_is_put_back_is_added_to_what_came_meanwhile() {
        let mut types = Types::default();
        add(&mut types, "order.paid", 0);
        add(&mut types, "order.paid", 5);
        let seen = types.take();
        assert_eq!((seen.len(), seen[0].events), (1, 2));
        assert!(types.take().is_empty());
        add(&mut types, "order.paid", -5);
        types.put_back(seen.into_iter());
        let seen = types.take();
        assert_eq!((seen.len(), seen[0].events), (1, 3));
        assert_eq!((seen[0].first, seen[0].last), (NOON - Duration::minutes(5), NOON + Duration::minutes(5)));
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut types = Types::default();
        for number in 0..=KEPT_MAX {
            add(&mut types, &format!("order.n{number}"), 0);
        }
        // One that is known is counted all the same.
        add(&mut types, "order.n0", 1);
        let seen = types.take();
        assert_eq!(seen.len(), KEPT_MAX);
        assert_eq!(seen.iter().map(|seen| seen.events).sum::<u64>(), KEPT_MAX as u64 + 1);
    }
}
