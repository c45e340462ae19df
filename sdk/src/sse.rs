//! A parser for server-sent events (HTML Standard, section 9.2).
//!
//! `retry` fields are ignored: the reader has its own back-off.

use bytes::{Buf as _, BytesMut};
use memchr::memchr2;

/// The maximum bytes of a line, and of all data of a frame.
const MAX_LINE_BYTES: usize = 1 << 20;

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The last id sent in the stream.
    pub(crate) id: String,
    /// The type of event; `message` by default.
    pub(crate) event: String,
    /// The lines of data, joined by line feeds.
    pub(crate) data: String,
}

/// A line, or the data of a frame, exceeds the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Parses frames from bytes in pieces of any size.
#[derive(Debug)]
pub(crate) struct FrameParser {
    buffer: BytesMut,
    /// Bytes of the buffer known to have no line end.
    searched: usize,
    /// Whether the last line ended with CR, so that an LF directly after it is part of that line end.
    after_cr: bool,
    /// Whether a line has been read; a byte order mark is allowed before the first.
    has_read_line: bool,
    id: String,
    event: String,
    data: String,
}

impl FrameParser {
    /// Creates a parser for a stream that resumes after `id`.
    pub(crate) fn after(id: String) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            after_cr: false,
            has_read_line: false,
            id,
            event: String::new(),
            data: String::new(),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next complete frame.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, TooLong> {
        while let Some(line) = self.take_line()? {
            if line.is_empty() {
                if let Some(frame) = self.finish_frame() {
                    return Ok(Some(frame));
                }
            } else {
                self.field(&String::from_utf8_lossy(&line))?;
            }
        }
        Ok(None)
    }

    /// Takes the next complete line out of the buffer, without its line end.
    fn take_line(&mut self) -> Result<Option<BytesMut>, TooLong> {
        if self.after_cr && !self.buffer.is_empty() {
            self.after_cr = false;
            if self.buffer[0] == b'\n' {
                self.buffer.advance(1);
            }
        }
        let Some(at) = memchr2(b'\r', b'\n', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            return if self.searched > MAX_LINE_BYTES { Err(TooLong) } else { Ok(None) };
        };
        let mut line = self.buffer.split_to(self.searched + at);
        self.searched = 0;
        self.after_cr = self.buffer[0] == b'\r';
        self.buffer.advance(1);
        if line.len() > MAX_LINE_BYTES {
            return Err(TooLong);
        }
        if !self.has_read_line && line.starts_with(b"\xef\xbb\xbf") {
            line.advance(3);
        }
        self.has_read_line = true;
        Ok(Some(line))
    }

    fn field(&mut self, line: &str) -> Result<(), TooLong> {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                if self.data.len() + value.len() > MAX_LINE_BYTES {
                    return Err(TooLong);
                }
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            // A comment has an empty name; unknown names are ignored.
            _ => {}
        }
        Ok(())
    }

    /// Ends a frame at an empty line; a frame without data is ignored.
    fn finish_frame(&mut self) -> Option<Frame> {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        let event = if event.is_empty() { "message".to_owned() } else { event };
        Some(Frame { id: self.id.clone(), event, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> Result<Vec<Frame>, TooLong> {
        let mut parser = FrameParser::after("before".to_owned());
        let mut found = Vec::new();
        for piece in pieces {
            parser.push(piece);
            while let Some(frame) = parser.next()? {
                found.push(frame);
            }
        }
        Ok(found)
    }

    fn frame(id: &str, event: &str, data: &str) -> Frame {
        Frame { id: id.to_owned(), event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn streams_are_parsed_from_any_chunks() {
        let cases: [(&str, &str, &[Frame]); 17] = [
            ("ends in LF", "id: 1\nevent: a\ndata: x\n\n", &[frame("1", "a", "x")]),
            ("ends in CR", "id: 1\revent: a\rdata: x\r\r", &[frame("1", "a", "x")]),
            ("ends in CRLF", "id: 1\r\nevent: a\r\ndata: x\r\n\r\n", &[frame("1", "a", "x")]),
            ("mixed ends", "id: 1\r\nevent: a\ndata: x\r\r\n", &[frame("1", "a", "x")]),
            (
                "two frames",
                "data: x\n\ndata: y\n\n",
                &[frame("before", "message", "x"), frame("before", "message", "y")],
            ),
            (
                "an id lasts",
                "id: 1\ndata: x\n\ndata: y\n\n",
                &[frame("1", "message", "x"), frame("1", "message", "y")],
            ),
            ("an empty id", "id\ndata: x\n\n", &[frame("", "message", "x")]),
            ("an id with NUL", "id: 1\0\ndata: x\n\n", &[frame("before", "message", "x")]),
            (
                "an event does not last",
                "event: a\ndata: x\n\ndata: y\n\n",
                &[frame("before", "a", "x"), frame("before", "message", "y")],
            ),
            (
                "several lines of data",
                "data: x\ndata:\ndata:  y\n\n",
                &[frame("before", "message", "x\n\n y")],
            ),
            ("empty data", "data\n\n", &[frame("before", "message", "")]),
            ("no data", "id: 7\nevent: a\n\ndata: x\n\n", &[frame("7", "message", "x")]),
            ("comments", ":\n\n: hello\ndata: x\n:\n\n", &[frame("before", "message", "x")]),
            ("unknown fields", "retry: 5\nDATA: y\ndata: x\nodd\n\n", &[frame("before", "message", "x")]),
            ("no space, a colon in the value", "data:a: b\n\n", &[frame("before", "message", "a: b")]),
            ("a byte order mark", "\u{feff}data: ü€\n\n", &[frame("before", "message", "ü€")]),
            ("cut before the empty line", "data: x\n\nid: 2\ndata: y\n", &[frame("before", "message", "x")]),
        ];
        for (name, text, expected) in cases {
            let bytes = text.as_bytes();
            assert_eq!(frames(&[bytes]).as_deref(), Ok(expected), "{name}");
            let single: Vec<_> = bytes.chunks(1).collect();
            assert_eq!(frames(&single).as_deref(), Ok(expected), "{name}, byte by byte");
            for at in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(at);
                assert_eq!(frames(&[head, tail]).as_deref(), Ok(expected), "{name}, cut at {at}");
            }
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(frames(&[b"data: a\xffb\n\n"]), Ok(vec![frame("before", "message", "a\u{fffd}b")]));
    }

    #[test]
    fn endless_lines_and_frames_are_rejected() {
        let long = vec![b'x'; MAX_LINE_BYTES];
        let fits: [&[u8]; 3] = [b"data:", &long[5..], b"\n\n"];
        assert_eq!(frames(&fits).unwrap()[0].data.len(), MAX_LINE_BYTES - 5);
        assert_eq!(frames(&[b"data:", &long, b"\n\n"]), Err(TooLong), "a line");
        assert_eq!(frames(&[b": ", &long]), Err(TooLong), "a comment without end");
        let half = [b"data:".as_slice(), &long[..=MAX_LINE_BYTES / 2], b"\n"].concat();
        assert_eq!(frames(&[&half, &half]), Err(TooLong), "the data of one frame");
    }
}
