//! What an endpoint of kind `http` receives: the body of each `format`, and the body that a template makes of an
//! event. The same arguments give the same bytes, and where no template reshapes it, `data` is copied as it came.

use time::OffsetDateTime;

use crate::cloudevents::Attributes;
use crate::event::{self, EventView, rfc3339_millis};
use crate::matching::EventType;
use crate::message;
use crate::template::{Template, Wrong};
use crate::tenant::TenantId;

/// The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// `{"event","timestamp","eventId","data"}`.
    #[default]
    Hookyard = 0,
    /// `{"type","timestamp","data"}`, as Standard Webhooks recommends: github.com/standard-webhooks, «Payload
    /// structure».
    Standard = 1,
    /// CloudEvents 1.0 in structured mode: its JSON event format, §3.
    CloudEvents = 2,
    /// `data` alone.
    Data = 3,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Hookyard, Self::Standard, Self::CloudEvents, Self::Data];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hookyard => "hookyard",
            Self::Standard => "standard",
            Self::CloudEvents => "cloudevents",
            Self::Data => "data",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// Of the body. What a template makes is `application/json`, whatever the format.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Hookyard | Self::Standard | Self::Data => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }

    /// `cloud` is what is kept of an event that came as a CloudEvent, and goes out again with it.
    pub fn body(
        self,
        tenant: &TenantId,
        event_type: &EventType,
        occurred_at: OffsetDateTime,
        public_id: &str,
        data: &[u8],
        cloud: Option<&Attributes>,
    ) -> Vec<u8> {
        let (kind, at) = (event_type.as_str(), rfc3339_millis(occurred_at));
        // Neither an event type, nor a time, nor a tenant has a character that JSON escapes.
        let head = match self {
            Self::Hookyard => return event::body(event_type, occurred_at, public_id, data),
            Self::Data => return data.to_vec(),
            Self::Standard => format!(r#"{{"type":"{kind}","timestamp":"{at}","data":"#),
            Self::CloudEvents => match cloud {
                None => format!(
                    r#"{{"specversion":"1.0","id":{},"source":"urn:hookyard:{}","type":"{kind}","time":"{at}","datacontenttype":"application/json","data":"#,
                    serde_json::Value::from(public_id),
                    tenant.as_str(),
                ),
                Some(cloud) => format!("{}\"data\":", cloud.written(public_id, kind, &at)),
            },
        };
        let mut body = head.into_bytes();
        body.extend_from_slice(data);
        body.push(b'}');
        body
    }
}

/// The body that a template makes: JSON, sent as it was rendered.
pub fn reshaped(template: &Template, event: &EventView<'_>) -> Result<Vec<u8>, Wrong> {
    let rendered = template.render(event)?;
    message::json(&rendered)?;
    Ok(rendered.into_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::{Value, json};

    use super::*;

    const DATA: &str = r#"{"z":1.10,"n":12345678901234567890123}"#;

    fn body(format: Format) -> String {
        let event_type = EventType::try_from("order.paid").unwrap();
        let tenant = "acme".parse::<crate::tenant::TenantId>().unwrap();
        let at = time::macros::datetime!(2026-01-02 03:04:05.678901 +01:00);
        String::from_utf8(format.body(&tenant, &event_type, at, "a\"b", DATA.as_bytes(), None)).unwrap()
    }

    #[test]
    fn each_format_has_its_members_and_the_data_byte_for_byte() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(format));
            assert!(body(format).contains(DATA), "{format:?}");
        }
        assert_eq!(Format::parse("xml"), None);
        assert_eq!(body(Format::Data), DATA);
        let data: Value = serde_json::from_str(DATA).unwrap();
        let read = |format| serde_json::from_str::<Value>(&body(format)).unwrap();
        let at = "2026-01-02T02:04:05.678Z";
        let hookyard = json!({"event": "order.paid", "timestamp": at, "eventId": "a\"b", "data": data});
        assert_eq!(read(Format::Hookyard), hookyard);
        assert_eq!(read(Format::Standard), json!({"type": "order.paid", "timestamp": at, "data": data}));
        let cloud = json!({
            "specversion": "1.0", "id": "a\"b", "source": "urn:hookyard:acme", "type": "order.paid", "time": at,
            "datacontenttype": "application/json", "data": data,
        });
        assert_eq!(read(Format::CloudEvents), cloud);
    }
}
