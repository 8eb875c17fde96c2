//! References to one shard that share a message: a list of `{"event":"evt_…","endpoint":"ep_…","position":7,"number":1}`
//! on `deliver.<shard>.group`, or `again.<shard>.group` for those made owed again. One alone is written as `reference` has it, as a fired schedule is.
//!
//! Promises: a group stays what it is however often it is asked again, and is known again by its name. Leaves out:
//! waiting for more to come. A group is made of what is there.

use std::collections::BTreeMap;

use actors::ports::{Line, Receipt, Reference};
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reference;

const NAME: &str = "group";

pub struct Group {
    pub shard: Shard,
    /// From 1 to as many as a message has places.
    pub references: Vec<Reference>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    event: EventId,
    endpoint: EndpointId,
    position: i64,
    number: u32,
}

/// What a message brings: what can be read of it, and how much cannot.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Brought {
    pub references: Vec<Reference>,
    pub unreadable: usize,
}

impl Group {
    /// All of these, those to one shard in their order. What is made owed again goes apart: it has a line of its own, and no name.
    pub fn all(references: &[Reference], shard_of: impl Fn(EndpointId) -> Shard) -> Vec<Self> {
        let mut apart: BTreeMap<(Shard, Line), Vec<Reference>> = BTreeMap::new();
        for reference in references {
            let shard = shard_of(reference.delivery.endpoint);
            apart.entry((shard, Line::of(reference))).or_default().push(*reference);
        }
        let all = apart.iter().flat_map(|(&(shard, _), references)| {
            let group = move |references: &[Reference]| Self { shard, references: references.to_vec() };
            references.chunks(Receipt::PLACES).map(group)
        });
        all.collect()
    }

    /// By which the same publish, asked again, is known. What is made owed again is another publish.
    pub fn name(&self) -> Option<String> {
        match &self.references[..] {
            [first] if first.number == 1 => Some(first.delivery.to_string()),
            [first, ..] if first.number == 1 => {
                Some(format!("{}+{}", first.delivery, self.references.len() - 1))
            }
            _ => None,
        }
    }

    /// All of them stand in the same.
    pub fn line(&self) -> Line {
        self.references.first().map_or(Line::Fresh, Line::of)
    }

    pub fn subject(&self) -> String {
        let (line, shard) = (self.line(), self.shard);
        match &self.references[..] {
            [only] => reference::subject(line, shard, only.delivery.endpoint),
            _ => format!("{}.{shard}.{NAME}", reference::first_token(line)),
        }
    }

    pub fn write(&self) -> Vec<u8> {
        if let [only] = &self.references[..] {
            return reference::write(only);
        }
        let wire = |reference: &Reference| {
            let Reference { delivery: DeliveryId { event, endpoint }, position, number } = *reference;
            Wire { event, endpoint, position, number }
        };
        // Made of strings and numbers: writing it cannot fail.
        serde_json::to_vec(&self.references.iter().map(wire).collect::<Vec<_>>()).unwrap_or_default()
    }
}

/// Reads what a message of this subject brings, alone or as a group. What nobody can read keeps nothing beside it back.
pub fn read(subject: &str, payload: &[u8]) -> Brought {
    let unreadable = Brought { references: Vec::new(), unreadable: 1 };
    match subject.rsplit('.').next() {
        Some(NAME) => {
            let list: Vec<&RawValue> = serde_json::from_slice(payload).unwrap_or_default();
            if list.is_empty() || list.len() > Receipt::PLACES {
                return unreadable;
            }
            let references: Vec<_> = list.iter().filter_map(|one| read_one(one)).collect();
            Brought { unreadable: list.len() - references.len(), references }
        }
        endpoint => match endpoint.and_then(|endpoint| reference::read(endpoint, payload)) {
            Some(reference) => Brought { references: vec![reference], unreadable: 0 },
            None => unreadable,
        },
    }
}

fn read_one(one: &RawValue) -> Option<Reference> {
    let Wire { event, endpoint, position, number } = serde_json::from_str(one.get()).ok()?;
    Some(Reference { delivery: DeliveryId { event, endpoint }, position, number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn reference(endpoint: u128, position: i64, number: u32) -> Reference {
        let event = EventId(Uuid::from_u128(position as u128));
        let delivery = DeliveryId { event, endpoint: EndpointId(Uuid::from_u128(endpoint)) };
        Reference { delivery, position, number }
    }

    /// By an endpoint's last bit.
    fn shard_of(endpoint: EndpointId) -> Shard {
        Shard((endpoint.0.as_u128() & 1) as u16)
    }

    fn all(references: &[Reference]) -> Vec<Group> {
        Group::all(references, shard_of)
    }

    #[test]
    fn one_alone_is_as_a_schedule_fires_it() {
        let only = reference(3, 7, 1);
        let [group] = &all(&[only])[..] else { panic!("one") };
        let DeliveryId { event, endpoint } = only.delivery;
        assert_eq!(group.subject(), format!("deliver.1.{endpoint}"));
        assert_eq!(group.name(), Some(only.delivery.to_string()));
        let body = format!(r#"{{"event":"{event}","position":7,"number":1}}"#);
        assert_eq!(String::from_utf8(group.write()).unwrap(), body);
    }

    #[test]
    fn several_to_a_shard_share_a_message() {
        let [first, second] = [reference(1, 7, 1), reference(3, 8, 1)];
        let [group] = &all(&[first, second])[..] else { panic!("one") };
        assert_eq!(group.subject(), "deliver.1.group");
        assert_eq!(group.name(), Some(format!("{}+1", first.delivery)));
        let wire = |position: i64, DeliveryId { event, endpoint }| {
            format!(r#"{{"event":"{event}","endpoint":"{endpoint}","position":{position},"number":1}}"#)
        };
        let body = format!("[{},{}]", wire(7, first.delivery), wire(8, second.delivery));
        assert_eq!(String::from_utf8(group.write()).unwrap(), body);
    }

    #[test]
    fn what_is_made_owed_again_goes_apart_and_has_no_name() {
        let groups = all(&[1, 2, 1, 2, 3].map(|number| reference(1, 7, number)));
        let numbers = |group: &Group| group.references.iter().map(|one| one.number).collect::<Vec<_>>();
        assert_eq!(groups.iter().map(numbers).collect::<Vec<_>>(), [vec![1, 1], vec![2, 2, 3]]);
        assert_eq!(groups.iter().map(|group| group.name().is_some()).collect::<Vec<_>>(), [true, false]);
        let subjects: Vec<_> = groups.iter().map(Group::subject).collect();
        assert_eq!(subjects, ["deliver.1.group", "again.1.group"]);
        let again = reference(1, 7, 2);
        let [alone] = &all(&[again])[..] else { panic!("one") };
        assert_eq!((alone.name(), alone.subject()), (None, format!("again.1.{}", again.delivery.endpoint)));
    }

    #[test]
    fn what_cannot_be_read_keeps_nothing_beside_it_back() {
        let [first, second] = [reference(1, 7, 1), reference(3, 8, 1)];
        let group = Group { shard: Shard(1), references: vec![first, second] };
        let body = String::from_utf8(group.write()).unwrap();
        let spoilt = body.replace(&first.delivery.event.to_string(), "evt_1");
        let brought = read(&group.subject(), spoilt.as_bytes());
        assert_eq!(brought, Brought { references: vec![second], unreadable: 1 });
        let too_many = format!("[{}]", vec!["1"; Receipt::PLACES + 1].join(","));
        for nothing in ["", "[]", "{}", "[", &too_many, &body.replace(']', "")] {
            assert_eq!(
                read(&group.subject(), nothing.as_bytes()),
                Brought { unreadable: 1, ..Brought::default() }
            );
        }
    }

    /// Of an endpoint, and new or made owed again: within these they keep their order.
    fn kind(one: &Reference) -> (EndpointId, bool) {
        (one.delivery.endpoint, one.number > 1)
    }

    fn of_kind(all: &[Reference], wanted: (EndpointId, bool)) -> Vec<Reference> {
        all.iter().filter(|one| kind(one) == wanted).copied().collect()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(given in prop::collection::vec((0_u128..6, 0_i64..500, 1_u32..3), 1..300)) {
            let one = |(endpoint, position, number)| reference(endpoint, position, number);
            let given: Vec<_> = given.into_iter().map(one).collect();
            let mut read_back = Vec::new();
            for group in all(&given) {
                let brought = read(&group.subject(), &group.write());
                prop_assert_eq!(&brought.references, &group.references);
                prop_assert!(brought.unreadable == 0 && brought.references.len() <= Receipt::PLACES);
                read_back.extend(brought.references);
            }
            prop_assert_eq!(read_back.len(), given.len());
            for one in &given {
                prop_assert_eq!(of_kind(&given, kind(one)), of_kind(&read_back, kind(one)));
            }
        }

        #[test]
        fn nothing_that_is_read_panics(subject in ".*", payload in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&subject, &payload);
            read("deliver.1.group", &payload);
        }
    }
}
