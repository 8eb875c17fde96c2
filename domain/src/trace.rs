//! W3C Trace Context: in which trace of its producer's an event stands, and how the requests made of it go on there.
//!
//! By www.w3.org/TR/trace-context-2. Promises: what exists may be sent as it is; what is malformed is as if it had not come, as
//! the standard says, and no error. Leaves out: making up traces, choosing which are sampled, and keeping spans of our own.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

pub const TRACEPARENT: &str = "traceparent";
pub const TRACESTATE: &str = "tracestate";

/// Of a `tracestate`, all of its headers together: so much the standard asks to be passed on. A longer one is left out.
pub const STATE_BYTES_MAX: usize = 512;
const STATE_MEMBERS_MAX: usize = 32;
/// Of the key and of the value of one of its members.
const MEMBER_BYTES_MAX: usize = 256;

/// Of a `traceparent`, up to the flags.
const PARENT_BYTES: usize = 55;
const SAMPLED: u8 = 0x01;
/// The trace's id was drawn by chance: level 2 of the standard.
const RANDOM: u8 = 0x02;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(NonZeroU128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A place in a trace, as a `traceparent` and maybe a `tracestate` name it. It reads back what it writes: the first,
/// and behind a space the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: TraceId,
    parent_id: NonZeroU64,
    flags: u8,
    state: Option<Box<str>>,
}

impl TraceContext {
    /// What the headers of these two names say. `None`: there is no `traceparent`, more than one, or none that can be read.
    pub fn read<'a>(
        parents: impl IntoIterator<Item = &'a [u8]>,
        states: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let mut parents = parents.into_iter();
        let (trace_id, parent_id, flags) = parent(parents.next().filter(|_| parents.next().is_none())?)?;
        Some(Self { trace_id, parent_id, flags, state: state(states) })
    }

    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// As it came, in the version that we speak.
    pub fn traceparent(&self) -> String {
        self.under(self.parent_id.get())
    }

    /// That of a request which we make, by an id of the request's own.
    pub fn child(&self, id: [u8; 8]) -> String {
        // Zero is none.
        self.under(u64::from_be_bytes(id).max(1))
    }

    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    fn under(&self, parent_id: u64) -> String {
        format!("00-{}-{parent_id:016x}-{:02x}", self.trace_id, self.flags)
    }

    /// In memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.state.as_ref().map_or(0, |state| state.len())
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent())?;
        self.state.iter().try_for_each(|state| write!(f, " {state}"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no traceparent")]
pub struct NoTrace;

impl FromStr for TraceContext {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<Self, NoTrace> {
        let (parent, state) =
            text.split_once(' ').map_or((text, None), |(parent, state)| (parent, Some(state)));
        Self::read([parent.as_bytes()], state.map(str::as_bytes)).ok_or(NoTrace)
    }
}

/// Section 3.2. Of versions that are not known yet, what this one has is read, and may be followed by more.
fn parent(value: &[u8]) -> Option<(TraceId, NonZeroU64, u8)> {
    let text = std::str::from_utf8(value).ok()?;
    let is_lower_hex = |field: &&str| field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let field = |from: usize, to: usize| text.get(from..to).filter(is_lower_hex);
    let byte = |from| u8::from_str_radix(field(from, from + 2)?, 16).ok();
    if ![2, 35, 52].into_iter().all(|at| value.get(at) == Some(&b'-')) {
        return None;
    }
    let trace_id = u128::from_str_radix(field(3, 35)?, 16).ok().and_then(NonZeroU128::new)?;
    let parent_id = u64::from_str_radix(field(36, 52)?, 16).ok().and_then(NonZeroU64::new)?;
    let (version, flags, rest) = (byte(0)?, byte(53)?, text.get(PARENT_BYTES..)?);
    let flags = match version {
        0 if rest.is_empty() => flags & (SAMPLED | RANDOM),
        1..=0xfe if rest.is_empty() || rest.starts_with('-') => flags & SAMPLED,
        _ => return None,
    };
    Some((TraceId(trace_id), parent_id, flags))
}

/// Section 3.3: several headers are one list. It is passed on as it is, or left out.
fn state<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Option<Box<str>> {
    let mut joined = String::new();
    for value in values {
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(std::str::from_utf8(value).ok()?);
        if joined.len() > STATE_BYTES_MAX {
            return None;
        }
    }
    let joined = joined.trim_matches(BLANK);
    // Members may be empty, and count for nothing.
    let mut members =
        joined.split(',').map(|member| member.trim_matches(BLANK)).filter(|one| !one.is_empty());
    let count = members.clone().count();
    ((1..=STATE_MEMBERS_MAX).contains(&count) && members.all(is_member)).then(|| joined.into())
}

const BLANK: [char; 2] = [' ', '\t'];

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else { return false };
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let in_key = |byte: u8| begins(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    let in_value = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    let fits = |part: &str| (1..=MEMBER_BYTES_MAX).contains(&part.len());
    let is_key = fits(key) && key.bytes().next().is_some_and(begins) && key.bytes().all(in_key);
    is_key && fits(value) && value.bytes().all(in_value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn read(parents: &[&str], states: &[&str]) -> Option<TraceContext> {
        TraceContext::read(
            parents.iter().map(|text| text.as_bytes()),
            states.iter().map(|text| text.as_bytes()),
        )
    }

    fn kept(parent: &str) -> Option<String> {
        read(&[parent], &[]).map(|trace| trace.traceparent())
    }

    #[test]
    fn the_standards_example_is_read() {
        let trace = read(&[PARENT], &["congo=t61rcWkgMzE"]).unwrap();
        assert_eq!(trace.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((trace.traceparent().as_str(), trace.tracestate()), (PARENT, Some("congo=t61rcWkgMzE")));
    }

    #[test]
    fn a_request_of_ours_is_another_child_of_the_same_trace() {
        let trace = read(&[PARENT], &[]).unwrap();
        assert_eq!(trace.child([7; 8]), "00-0af7651916cd43dd8448eb211c80319c-0707070707070707-01");
        assert_eq!(trace.child([0; 8]), "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01");
    }

    #[test]
    fn flags_that_nobody_knows_are_dropped() {
        let with = |flags: &str| kept(&format!("{}{flags}", &PARENT[..53])).map(|kept| kept[53..].to_owned());
        for (flags, passed) in
            [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("80", "00")]
        {
            assert_eq!(with(flags).as_deref(), Some(passed), "{flags}");
        }
    }

    #[test]
    fn what_is_malformed_is_as_if_it_had_not_come() {
        let tail = &PARENT[2..];
        let zero = "0".repeat(32);
        for bad in [
            "",
            "00",
            &PARENT[..54],
            &format!("{PARENT}-00"),
            &format!("{PARENT}-"),
            &format!("{PARENT} "),
            &format!(" {PARENT}"),
            &PARENT.to_uppercase(),
            &PARENT.replace('-', "_"),
            &format!("ff{tail}"),
            &format!("0g{tail}"),
            &format!("+1{tail}"),
            &format!("01{tail}00"),
            &PARENT.replace("0af7651916cd43dd8448eb211c80319c", &zero),
            &PARENT.replace("b7ad6b7169203331", &zero[..16]),
            &PARENT.replace("-01", "-0x"),
            &PARENT.replace("0af7", "0a\u{e9}7"),
        ] {
            assert_eq!(read(&[bad], &["a=1"]), None, "{bad}");
        }
        assert_eq!(read(&[], &["a=1"]), None);
        assert_eq!(read(&[PARENT, PARENT], &[]), None);
    }

    #[test]
    fn of_a_version_to_come_what_is_known_is_read() {
        let tail = &PARENT[2..];
        for good in [format!("01{tail}"), format!("cc{tail}-what-the-future-brings"), format!("fe{tail}-")] {
            assert_eq!(kept(&good).as_deref(), Some(PARENT), "{good}");
        }
        assert_eq!(kept(&format!("01{}", tail.replace("-01", "-ff"))).as_deref(), Some(PARENT));
    }

    #[test]
    fn a_state_is_passed_on_as_it_is_or_not_at_all() {
        let of = |states: &[&str]| read(&[PARENT], states).unwrap().tracestate().map(str::to_owned);
        for good in ["a=1", "a=1 , b=2", "a@b=x y!", "0tenant@sys=1", ",a=1,,", "a=1,a=2"] {
            assert_eq!(of(&[good]).as_deref(), Some(good));
        }
        assert_eq!(of(&["a=1", "b=2"]).as_deref(), Some("a=1,b=2"));
        assert_eq!(of(&[" a=1\t"]).as_deref(), Some("a=1"));
        let many = |count: usize| (0..count).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(",");
        let long = |bytes: usize| format!("a={}", "x".repeat(bytes));
        let whole = |rest: usize| format!("{},{}", long(250), long(rest));
        assert_eq!(whole(257).len(), 512);
        for good in [many(32), long(256), whole(255)] {
            assert_eq!(of(&[&good]), Some(good));
        }
        for bad in ["", " ", ",", "a", "a=", "=1", "A=1", "a=1=2", "_a=1", "a =1", "a=\u{e9}", "a=1\nb"] {
            assert_eq!(of(&[bad]), None, "{bad}");
        }
        for bad in [many(33), long(257), format!("{},{}", whole(255), "b=1")] {
            assert_eq!(of(&[&bad]), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_back_as_it_is_written(
            far in prop::collection::vec(any::<u8>(), 0..70),
            near in "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[a-z]{0,3})?",
            states in prop::collection::vec("[a-z0-9@=, \t]{0,40}|\\PC{0,9}|([a-z]{1,3}=[ -~]{1,9},?){0,9}", 0..4),
        ) {
            for parent in [&far[..], near.as_bytes()] {
                let states = states.iter().map(String::as_bytes);
                let Some(trace) = TraceContext::read([parent], states) else { continue };
                let sent = trace.traceparent();
                prop_assert!(sent.len() == PARENT_BYTES && sent.is_ascii());
                prop_assert_eq!(&sent.as_bytes()[3..52], &parent[3..52]);
                let is_value = |state: &str| {
                    state.len() <= STATE_BYTES_MAX && state.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
                };
                prop_assert!(trace.tracestate().is_none_or(is_value));
                prop_assert_eq!(trace.to_string().parse(), Ok(trace));
            }
        }
    }
}
