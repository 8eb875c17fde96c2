//! The URL of a webhook at Discord or Slack: whoever has it can post, so most of it is a secret.

use super::Provider;
use crate::address::EndpointUrl;
use crate::headers::MASKED;

/// Parts of it that are shorter could be any word.
const HIDDEN_CHARS_MIN: usize = 6;

/// Why a URL is no webhook's. Discord's are `https://discord.com/api/webhooks/{id}/{token}` (Webhook Resource, Execute
/// Webhook), with or without a version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAWebhook {
    #[error("the URL of a Discord webhook is like https://discord.com/api/webhooks/1234567890/TOKEN")]
    OfDiscord,
    #[error("the URL holds *** where its secret was: send the whole of it")]
    Masked,
}

/// Whether a provider's webhook can have this URL. Slack's have many forms, and those who speak like Slack others.
pub fn check(provider: Provider, url: &EndpointUrl) -> Result<(), NotAWebhook> {
    let parts = parts(url);
    if parts.contains(&MASKED) {
        return Err(NotAWebhook::Masked);
    }
    match (provider, parts.as_slice()) {
        (Provider::Slack, _) => Ok(()),
        (Provider::Discord, [.., webhooks, id, token])
            if *webhooks == "webhooks"
                && id.bytes().all(|byte| byte.is_ascii_digit())
                && !token.is_empty() =>
        {
            Ok(())
        }
        (Provider::Discord, _) => Err(NotAWebhook::OfDiscord),
    }
}

/// The URL as it may be shown: without what opens it.
pub fn shown(provider: Provider, url: &EndpointUrl) -> String {
    let parts = parts(url);
    // Neither a webhook's id, nor a workspace's, opens anything.
    let open = match (provider, parts.as_slice()) {
        (Provider::Discord, [.., webhooks, _, _]) if *webhooks == "webhooks" => parts.len() - 1,
        (Provider::Slack, ["services", _, _, _]) => 3,
        (Provider::Discord | Provider::Slack, _) => 0,
    };
    let mut shown = url.as_url().clone();
    shown.set_query(None);
    let path: Vec<&str> = parts.into_iter().take(open).chain([MASKED]).collect();
    shown.set_path(&path.join("/"));
    shown.to_string()
}

/// Takes out of a text what of the URL is not shown.
pub fn hide(provider: Provider, url: &EndpointUrl, text: &mut Vec<u8>) {
    let shown = shown(provider, url);
    let open = shown.strip_suffix(MASKED).unwrap_or_default();
    let hidden = url.as_str().strip_prefix(open).unwrap_or_default();
    let parts = hidden.split(['/', '?', '&', '=']);
    for part in parts.filter(|part| part.len() >= HIDDEN_CHARS_MIN) {
        let finder = memchr::memmem::Finder::new(part);
        while let Some(at) = finder.find(text) {
            text.splice(at..at + part.len(), MASKED.bytes());
        }
    }
}

fn parts(url: &EndpointUrl) -> Vec<&str> {
    url.as_url().path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn url(written: &str) -> EndpointUrl {
        EndpointUrl::from_ledger(written).unwrap()
    }

    #[test]
    fn what_opens_it_is_not_shown() {
        for (provider, written, expected) in [
            (
                Provider::Discord,
                "https://discord.com/api/webhooks/12/s3cr3t",
                "https://discord.com/api/webhooks/12/***",
            ),
            (
                Provider::Discord,
                "https://discord.com/api/v10/webhooks/12/s3cr3t?thread_id=7",
                "https://discord.com/api/v10/webhooks/12/***",
            ),
            (
                Provider::Slack,
                "https://hooks.slack.com/services/T0/B0/s3cr3t",
                "https://hooks.slack.com/services/T0/B0/***",
            ),
            (
                Provider::Slack,
                "https://chat.example.com:8065/hooks/s3cr3t",
                "https://chat.example.com:8065/***",
            ),
            (Provider::Slack, "https://hooks.slack.com/triggers/T0/1/s3cr3t", "https://hooks.slack.com/***"),
            (Provider::Slack, "https://chat.example.com/?key=s3cr3t", "https://chat.example.com/***"),
        ] {
            let url = url(written);
            assert_eq!((check(provider, &url), shown(provider, &url).as_str()), (Ok(()), expected));
            let mut said = format!("no s3cr3t at {written}").into_bytes();
            hide(provider, &url, &mut said);
            assert!(!String::from_utf8(said).unwrap().contains("s3cr3t"), "{written}");
        }
    }

    #[test]
    fn what_is_no_webhook_of_discords_is_refused() {
        for wrong in [
            "https://discord.com/channels/1/2",
            "https://discord.com/api/webhooks/12",
            "https://discord.com/api/webhooks/12/s3cr3t/slack",
            "https://discord.com/api/webhooks/twelve/s3cr3t",
        ] {
            assert_eq!(check(Provider::Discord, &url(wrong)), Err(NotAWebhook::OfDiscord), "{wrong}");
        }
    }
}
