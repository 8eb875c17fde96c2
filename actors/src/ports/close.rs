//! What a record leaves its delivery as.

use domain::delivery::{Reason, Status};
use domain::verdict::Verdict;
use time::OffsetDateTime;

/// How a record leaves its delivery: by a verdict, or closed whatever the attempt brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    Verdict(Verdict),
    Ended(Reason),
}

impl Close {
    pub const WORDS: [&'static str; 4] = ["delivered", "retry", "dead_letter", "skipped"];

    /// What follows, in one of the words that metrics and streams use.
    pub fn as_str(self) -> &'static str {
        match self.status() {
            Status::Success => "delivered",
            Status::Pending | Status::Retrying => "retry",
            Status::Dead => "dead_letter",
            Status::Skipped => "skipped",
        }
    }

    /// The delivery's from then on.
    pub fn status(self) -> Status {
        match self {
            Self::Verdict(Verdict::Delivered) => Status::Success,
            Self::Verdict(Verdict::Retry { .. }) => Status::Retrying,
            Self::Verdict(Verdict::DeadLetter(reason)) | Self::Ended(reason) => reason.ends_in(),
        }
    }

    /// When it is due again, if it is.
    pub fn retry_at(self) -> Option<OffsetDateTime> {
        if let Self::Verdict(Verdict::Retry { at }) = self { Some(at) } else { None }
    }

    /// Why it ended without success, if it did.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Verdict(Verdict::DeadLetter(reason)) | Self::Ended(reason) => Some(reason),
            Self::Verdict(Verdict::Delivered | Verdict::Retry { .. }) => None,
        }
    }
}
