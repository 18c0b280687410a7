//! The bytes of a stream of events as events (HTML standard, sections 9.2.5 and 9.2.6).

use std::collections::VecDeque;
use std::time::Duration;

use super::ServerSentEvent;
use crate::error::DecodeError;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a stream has said so far.
pub(super) struct Parser {
    /// How many bytes one event may have.
    pub(super) max: usize,
    /// A line that is not complete.
    line: Vec<u8>,
    is_first_line: bool,
    /// The last piece ended with a carriage return: a line feed at the beginning of the next one belongs to it.
    after_return: bool,
    /// Each line of data with a line feed behind it.
    data: String,
    event: String,
    /// The id that the next event has.
    id: String,
    /// That of the last event.
    last_id: String,
    retry: Option<Duration>,
}

impl Parser {
    pub(super) fn new(max: usize) -> Self {
        Parser {
            max,
            line: Vec::new(),
            is_first_line: true,
            after_return: false,
            data: String::new(),
            event: String::new(),
            id: String::new(),
            last_id: String::new(),
            retry: None,
        }
    }

    pub(super) fn last_id(&self) -> &str {
        &self.last_id
    }

    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Reads a piece. What is complete goes to `events`; an event that the stream ends within is none.
    ///
    /// # Errors
    /// When an event has more bytes than it may have.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        events: &mut VecDeque<ServerSentEvent<String>>,
    ) -> Result<(), DecodeError> {
        let mut rest = piece;
        if std::mem::take(&mut self.after_return) {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let (line, after) = rest.split_at(end);
            self.keep(line)?;
            self.end_of_line(events);
            rest = match after {
                [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
                [] => after,
            };
            self.after_return = after == b"\r";
        }
        self.keep(rest)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let size = self.line.len() + self.data.len() + self.event.len() + bytes.len();
        if size > self.max {
            let max = self.max;
            return Err(DecodeError::unexpected(format!("an event of the stream has more than {max} bytes")));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_of_line(&mut self, events: &mut VecDeque<ServerSentEvent<String>>) {
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_first_line) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.is_empty() {
            events.extend(self.event());
            return;
        }
        let line = String::from_utf8_lossy(&line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        self.field(name, value.strip_prefix(' ').unwrap_or(value));
    }

    /// A field; what has no name is a comment, and what has another one is passed over.
    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
    }

    /// What an empty line completes; nothing where there is no data.
    fn event(&mut self) -> Option<ServerSentEvent<String>> {
        self.last_id.clone_from(&self.id);
        let (mut data, event) = (std::mem::take(&mut self.data), std::mem::take(&mut self.event));
        // The line feed behind the last line is none of the data.
        data.pop()?;
        let event = if event.is_empty() { "message".to_owned() } else { event };
        Some(ServerSentEvent { data, event, id: self.last_id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of a stream, whatever the pieces are in which it comes.
    fn events(stream: &str) -> Vec<(String, String, String)> {
        let read = |size: usize| {
            let (mut parser, mut events) = (Parser::new(1 << 10), VecDeque::new());
            stream.as_bytes().chunks(size).for_each(|piece| parser.push(piece, &mut events).unwrap());
            events.into_iter().map(|ServerSentEvent { data, event, id }| (event, data, id)).collect::<Vec<_>>()
        };
        let whole = read(stream.len().max(1));
        for size in 1..stream.len().min(9) {
            assert_eq!(read(size), whole, "pieces of {size} bytes");
        }
        whole
    }

    fn data(stream: &str) -> Vec<String> {
        events(stream).into_iter().map(|(_, data, _)| data).collect()
    }

    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(data("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
        let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        let read = events(stream);
        let ids: Vec<_> = read.iter().map(|(_, data, id)| (data.as_str(), id.as_str())).collect();
        assert_eq!(ids, [("first event", "1"), ("second event", ""), (" third event", "")]);
        assert_eq!(data("data\n\ndata\ndata\n\ndata:"), ["", "\n"]);
        assert_eq!(data("data:test\n\ndata: test\n\n"), ["test", "test"]);
        let named = events("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n");
        assert_eq!(named.iter().map(|(event, ..)| event.as_str()).collect::<Vec<_>>(), ["add", "remove"]);
    }

    #[test]
    fn lines_end_in_three_ways_and_a_byte_order_mark_is_passed_over() {
        for end in ["\n", "\r", "\r\n"] {
            let stream =
                format!("\u{feff}data: ü{end}event: e{end}{end}data: \u{feff}b{end}:x{end}{end}{end}data: c{end}");
            let read = events(&stream);
            let expected = [("e", "ü"), ("message", "\u{feff}b")];
            assert_eq!(
                read.iter().map(|(event, data, _)| (&**event, &**data)).collect::<Vec<_>>(),
                expected,
                "{end:?}"
            );
        }
    }

    #[test]
    fn an_id_holds_until_another_one_and_a_time_is_digits() {
        let (mut parser, mut events) = (Parser::new(99), VecDeque::new());
        parser
            .push(b"id: 7\ndata: a\n\ndata: b\nid: x\0y\nretry: 30\nretry: 4s\nretry: -1\n\nid: 8\n\n", &mut events)
            .unwrap();
        assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["7", "7"]);
        assert_eq!((parser.last_id(), parser.retry()), ("8", Some(Duration::from_millis(30))));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let (mut parser, mut events) = (Parser::new(99), VecDeque::new());
        parser.push(b"data: a\xffb\n\n", &mut events).unwrap();
        assert_eq!(events[0].data, "a\u{fffd}b");
    }

    #[test]
    fn an_event_has_a_size_however_it_grows() {
        let line = "data: aaaaaaaaaa\n".repeat(9);
        for stream in [line.as_str(), &format!("data: {}", "a".repeat(99)), &format!(":{}", "a".repeat(99))] {
            let (mut parser, mut events) = (Parser::new(64), VecDeque::new());
            let error = stream.as_bytes().chunks(7).find_map(|piece| parser.push(piece, &mut events).err());
            assert!(error.unwrap().to_string().contains("more than 64 bytes"));
        }
        let (mut parser, mut events) = (Parser::new(64), VecDeque::new());
        "data: aaaaaaaaaa\n\n"
            .repeat(99)
            .as_bytes()
            .chunks(7)
            .for_each(|piece| parser.push(piece, &mut events).unwrap());
        assert_eq!(events.len(), 99);
    }
}
