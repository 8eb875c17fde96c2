//! Server-sent events, read: the stream of a response cut into events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! Promises: no event is longer than [`EVENT_BYTES_MAX`]. Leaves out: line ends by CR alone, `retry`, and asking again.

/// What is longer is no event of ours.
pub const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    /// Its lines, joined.
    pub data: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {EVENT_BYTES_MAX} bytes")]
pub struct TooLong;

/// What has come of a stream and is not read yet.
#[derive(Debug, Default)]
pub struct Reader {
    unread: Vec<u8>,
}

impl Reader {
    /// Takes what came next; answers with the events that it completes. Comments are none.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        self.unread.extend(bytes.iter().filter(|byte| **byte != b'\r'));
        let mut events = Vec::new();
        while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
            if end > EVENT_BYTES_MAX {
                return Err(TooLong);
            }
            let whole: Vec<u8> = self.unread.drain(..end + 2).collect();
            events.extend(event(&String::from_utf8_lossy(&whole)));
        }
        if self.unread.len() > EVENT_BYTES_MAX { Err(TooLong) } else { Ok(events) }
    }
}

fn event(text: &str) -> Option<Event> {
    let mut event = Event::default();
    let mut data: Vec<&str> = Vec::new();
    for line in text.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut event.name),
            "id" => value.clone_into(&mut event.id),
            "data" => data.push(value),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!data.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = ": here\n\nevent: attempt\nid: a.1\ndata: {\"a\":\ndata:  \"ü\"}\n\n:\n\nevent:lost\r\ndata:3\r\n\r\n";
        let attempt = Event { name: "attempt".into(), id: "a.1".into(), data: "{\"a\":\n \"ü\"}".into() };
        let lost = Event { name: "lost".into(), data: "3".into(), ..Event::default() };
        for size in 1..text.len() {
            let mut reader = Reader::default();
            let read = text.as_bytes().chunks(size).map(|chunk| reader.take(chunk).unwrap());
            assert_eq!(read.flatten().collect::<Vec<_>>(), [attempt.clone(), lost.clone()], "{size}");
        }
    }

    #[test]
    fn what_never_ends_is_no_event() {
        let mut reader = Reader::default();
        assert_eq!(reader.take(&vec![b'x'; EVENT_BYTES_MAX]), Ok(Vec::new()));
        assert_eq!(reader.take(b"x"), Err(TooLong));
        let whole = [b"data:".to_vec(), vec![b'x'; EVENT_BYTES_MAX], b"\n\n".to_vec()].concat();
        assert_eq!(Reader::default().take(&whole), Err(TooLong));
    }

    proptest! {
        #[test]
        fn any_stream_is_read_the_same_however_it_is_cut(
            pieces in prop::collection::vec("data: ?[a-z]{0,3}\n|event:|id|:|\r?\n|\n\n|[a-zü\u{0}: ]{0,5}", 0..40),
            noise in prop::collection::vec(any::<u8>(), 0..20),
            size in 1..30_usize,
        ) {
            let bytes = [&noise[..], pieces.concat().as_bytes()].concat();
            let read = |chunks: &mut dyn Iterator<Item = &[u8]>| {
                let mut reader = Reader::default();
                chunks.flat_map(|chunk| reader.take(chunk).unwrap()).collect::<Vec<_>>()
            };
            let whole = read(&mut std::iter::once(&bytes[..]));
            prop_assert_eq!(&read(&mut bytes.chunks(size)), &whole);
            for event in whole {
                let lines = event.data.split('\n').map(|line| format!("data: {line}\n"));
                let written = format!("event: {}\nid: {}\n{}\n", event.name, event.id, lines.collect::<String>());
                prop_assert_eq!(read(&mut std::iter::once(written.as_bytes())), [event]);
            }
        }
    }
}
