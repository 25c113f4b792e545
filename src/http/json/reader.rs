//! The reader: RFC 8259, byte by byte, never going back.

use std::collections::HashSet;

use super::{DEPTH_MAX, Fault, Json, Step, Trouble, told};

/// Reads the one value that `body` is.
pub(super) fn read(body: &[u8]) -> Result<Json, Fault> {
    let text = text(body)?;
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    if reader.peek().is_none() {
        return Err(Trouble::Empty.into());
    }
    let value = reader.value(DEPTH_MAX)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(Trouble::Trailing(reader.at).into()),
    }
}

/// Reads the list that `body` is and hands its elements on one by one, so that no two of them are in
/// memory at once; `false` where the body begins as something else, of which nothing is read.
pub(super) fn read_list(body: &[u8], mut each: impl FnMut(Json)) -> Result<bool, Fault> {
    let mut reader = Reader { text: text(body)?, at: 0 };
    reader.skip_space();
    match reader.peek() {
        None => return Err(Trouble::Empty.into()),
        Some(b'[') => reader.elements(DEPTH_MAX - 1, &mut each)?,
        Some(_) => return Ok(false),
    }
    reader.skip_space();
    match reader.peek() {
        None => Ok(true),
        Some(_) => Err(Trouble::Trailing(reader.at).into()),
    }
}

fn text(body: &[u8]) -> Result<&str, Trouble> {
    match body {
        [0xEF, 0xBB, 0xBF, ..] => return Err(Trouble::ByteOrderMark),
        // A mark of its own, or the zero half of a first character that is ASCII.
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, _, ..] | [_, 0, ..] => {
            return Err(Trouble::Utf16);
        }
        _ => {}
    }
    std::str::from_utf8(body).map_err(|error| Trouble::NotUtf8(error.valid_up_to()))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn wrong<T>(&self) -> Result<T, Fault> {
        Err(Trouble::NotJson(self.at).into())
    }

    /// Steps over `byte`, if it is the next one.
    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.eat(byte) { Ok(()) } else { self.wrong() }
    }

    /// A value that may hold `depth` levels, its own included.
    fn value(&mut self, depth: usize) -> Result<Json, Fault> {
        match self.peek() {
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(Trouble::TooDeep)?),
            Some(b'[') => self.list(depth.checked_sub(1).ok_or(Trouble::TooDeep)?),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => self.wrong(),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Fault> {
        match self.text[self.at..].starts_with(word) {
            true => {
                self.at += word.len();
                Ok(value)
            }
            false => self.wrong(),
        }
    }

    fn object(&mut self, below: usize) -> Result<Json, Fault> {
        self.expect(b'{')?;
        self.skip_space();
        let mut members: Vec<(String, Json)> = Vec::new();
        if !self.eat(b'}') {
            loop {
                self.skip_space();
                let key = self.string()?;
                self.skip_space();
                self.expect(b':')?;
                self.skip_space();
                let value = self.value(below);
                let value = value.map_err(|fault| fault.below(Step::Member(told(&key))))?;
                members.push((key, value));
                self.skip_space();
                if !self.eat(b',') {
                    break;
                }
            }
            self.expect(b'}')?;
        }
        let mut seen = HashSet::with_capacity(members.len());
        match members.iter().find(|(key, _)| !seen.insert(key.as_str())) {
            Some((key, _)) => Err(Fault::from(Trouble::Twice).below(Step::Member(told(key)))),
            None => Ok(Json::Object(members)),
        }
    }

    fn list(&mut self, below: usize) -> Result<Json, Fault> {
        let mut values = Vec::new();
        self.elements(below, &mut |value| values.push(value))?;
        Ok(Json::List(values))
    }

    /// The elements of a list, each of which may hold `below` levels.
    fn elements(&mut self, below: usize, each: &mut dyn FnMut(Json)) -> Result<(), Fault> {
        self.expect(b'[')?;
        self.skip_space();
        if self.eat(b']') {
            return Ok(());
        }
        for n in 0.. {
            self.skip_space();
            let value = self.value(below);
            each(value.map_err(|fault| fault.below(Step::Element(n)))?);
            self.skip_space();
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b']')
    }

    fn number(&mut self) -> Result<Json, Fault> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { self.wrong() } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let n_plain = plain.unwrap_or(rest.len());
            text.push_str(&rest[..n_plain]);
            self.at += n_plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escaped()?),
                _ => return self.wrong(),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        self.expect(b'\\')?;
        let c = match self.peek() {
            Some(b'u') => return self.unicode(),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.wrong(),
        };
        self.at += 1;
        Ok(c)
    }

    /// `u` and four hex digits, twice for what lies beyond the first 65,536 characters.
    fn unicode(&mut self) -> Result<char, Fault> {
        let begin = self.at - 1;
        let half = || Fault::from(Trouble::HalfSurrogate(begin));
        let first = self.unit()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or_else(half);
        }
        if first >= 0xDC00 || !self.text[self.at..].starts_with("\\u") {
            return Err(half());
        }
        self.at += 1;
        let second = self.unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(half());
        }
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or_else(half)
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        self.expect(b'u')?;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return self.wrong() };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}
