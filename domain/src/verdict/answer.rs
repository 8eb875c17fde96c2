//! What an answer means, by who gave it: Discord and Slack say more than a status does.

use std::time::Duration;

use serde::Deserialize;

use crate::endpoint::Kind;
use crate::outcome::{Ending, Outcome, Sign};
use crate::pace::HOLD_LONGEST;

/// An answer as far as it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    /// The wait that `Retry-After` asked for.
    pub retry_after: Option<Duration>,
    /// Discord's `X-RateLimit-Remaining` and `X-RateLimit-Reset-After`.
    pub remaining: Option<&'a str>,
    pub reset_after: Option<&'a str>,
    pub body: &'a [u8],
}

/// Discord, Opcodes and Status Codes, JSON Error Codes: what says that there is no such webhook (any more).
const DISCORD_GONE: [(u64, &str); 2] = [
    (10_015, "Discord does not know the webhook: 10015 Unknown Webhook"),
    (50_027, "Discord does not know the webhook: 50027 Invalid Webhook Token"),
];

/// Slack, Sending messages using incoming webhooks, Handling errors: what says that nothing can be posted any more.
const SLACK_GONE: [(&str, &str); 7] = [
    ("no_service", "Slack does not know the webhook: no_service"),
    ("no_service_id", "Slack does not know the webhook: no_service_id"),
    ("invalid_token", "Slack does not know the webhook: invalid_token"),
    ("no_active_hooks", "Slack has disabled the webhook: no_active_hooks"),
    ("action_prohibited", "Slack does not let the webhook post: action_prohibited"),
    ("channel_is_archived", "the webhook's Slack channel is archived: channel_is_archived"),
    ("channel_not_found", "Slack does not know the webhook's channel: channel_not_found"),
];

/// Discord's error body; of a 429, Rate Limits, Exceeding A Rate Limit.
#[derive(Deserialize)]
struct DiscordError {
    code: Option<u64>,
    /// Seconds, with a fraction.
    retry_after: Option<f64>,
}

impl Answer<'_> {
    pub fn ending(self, kind: Kind) -> Ending {
        let outcome = Outcome::of_status(self.status);
        let plain = Ending { outcome, status: Some(self.status), retry_after: None, sign: Sign::None };
        match kind {
            Kind::Http => {
                let asked = self.retry_after.filter(|_| outcome != Outcome::Succeeded);
                Ending { retry_after: asked, ..plain }
            }
            Kind::Discord => self.of_discord(plain),
            Kind::Slack => self.of_slack(plain),
        }
    }

    fn of_discord(self, plain: Ending) -> Ending {
        let error = serde_json::from_slice::<DiscordError>(self.body).ok();
        let asked = error.as_ref().and_then(|error| error.retry_after).and_then(seconds);
        let reset_after = self.reset_after.and_then(|written| written.parse().ok()).and_then(seconds);
        let retry_after = match self.status {
            // Of what it says in several places, the longest: one of them may be about more than this webhook.
            429 | 503 => asked.max(reset_after.filter(|_| self.status == 429)).max(self.retry_after),
            // The last one for now.
            200..300 if self.remaining == Some("0") => reset_after,
            _ => None,
        };
        let code = error.and_then(|error| error.code).filter(|_| matches!(self.status, 401 | 403 | 404));
        let gone = code.and_then(|code| DISCORD_GONE.iter().find(|(known, _)| *known == code));
        Ending { retry_after, sign: gone.map_or(Sign::None, |(_, why)| Sign::Gone(why)), ..plain }
    }

    fn of_slack(self, plain: Ending) -> Ending {
        let retry_after = self.retry_after.filter(|_| matches!(self.status, 429 | 503));
        let said = self.body.trim_ascii();
        let gone = SLACK_GONE.iter().find(|(word, _)| word.as_bytes() == said);
        let gone = gone.filter(|_| matches!(self.status, 403 | 404 | 410));
        Ending { retry_after, sign: gone.map_or(Sign::None, |(_, why)| Sign::Gone(why)), ..plain }
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    // What is no duration was no wait.
    Duration::try_from_secs_f64(seconds.min(HOLD_LONGEST.as_secs_f64())).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ending(kind: Kind, status: u16, body: &str) -> Ending {
        let retry_after = Some(Duration::from_secs(2));
        let (remaining, reset_after) = (Some("0"), Some("1.25"));
        Answer { status, retry_after, remaining, reset_after, body: body.as_bytes() }.ending(kind)
    }

    #[test]
    fn the_longest_wait_that_discord_speaks_of_counts() {
        for (status, body, expected) in [
            (429, r#"{"retry_after": 64.57}"#, Some(64_570)),
            (429, r#"{"retry_after": 0.3}"#, Some(2_000)),
            (429, r#"{"retry_after": 1e300}"#, Some(86_400_000)),
            (429, r#"{"retry_after": -1}"#, Some(2_000)),
            (429, "<html>", Some(2_000)),
            (204, "", Some(1_250)),
            (500, r#"{"retry_after": 64.57}"#, None),
        ] {
            let wait = ending(Kind::Discord, status, body).wait();
            assert_eq!(wait, expected.map(Duration::from_millis), "{status} {body}");
        }
        // Of others these headers mean nothing, nor does a success that asks for time.
        for kind in [Kind::Http, Kind::Slack] {
            assert_eq!(ending(kind, 204, "").wait(), None);
            assert_eq!(ending(kind, 429, r#"{"retry_after": 64.57}"#).wait(), Some(Duration::from_secs(2)));
        }
    }

    #[test]
    fn who_is_gone_says_so_in_its_own_words() {
        for (kind, status, body, is_gone) in [
            (Kind::Discord, 404, r#"{"message": "Unknown Webhook", "code": 10015}"#, true),
            (Kind::Discord, 401, r#"{"message": "Invalid Webhook Token", "code": 50027}"#, true),
            (Kind::Discord, 404, r#"{"message": "Unknown Channel", "code": 10003}"#, false),
            (Kind::Discord, 404, "", false),
            (Kind::Discord, 400, r#"{"code": 10015}"#, false),
            (Kind::Slack, 404, "no_service", true),
            (Kind::Slack, 403, "action_prohibited\n", true),
            (Kind::Slack, 410, "channel_is_archived", true),
            (Kind::Slack, 400, "invalid_payload", false),
            (Kind::Slack, 404, "not found", false),
            (Kind::Slack, 500, "no_service", false),
            (Kind::Http, 410, "", true),
            (Kind::Http, 404, "no_service", false),
        ] {
            assert_eq!(ending(kind, status, body).gone().is_some(), is_gone, "{kind:?} {status} {body}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it_or_holds_for_longer_than_a_day(
            status in 100_u16..1_000,
            body in prop_oneof!["\\{\"(code|retry_after)\": ?-?[0-9]{1,5}(\\.[0-9]|e[0-9]{1,3})?\\}", any::<String>()],
            header in "-?[0-9.e]{0,6}|NaN|inf",
        ) {
            for kind in Kind::ALL {
                let (remaining, reset_after) = (Some("0"), Some(header.as_str()));
                let ending = Answer { status, retry_after: None, remaining, reset_after, body: body.as_bytes() }.ending(kind);
                prop_assert!(ending.wait().is_none_or(|wait| wait <= HOLD_LONGEST));
            }
        }
    }
}
