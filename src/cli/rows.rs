//! Rows of JSON from a file of any length, one at a time: the elements of a list, or lines.

use std::io::{self, BufRead, BufReader, Read};

use tillbook::http::BULK_BODY_BYTES_MAX;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that is being read. Where a row ends is seen by its brackets and quotes; whether it is JSON
/// is for others to say.
pub(super) struct Rows {
    reader: BufReader<Box<dyn Read>>,
    form: Form,
    n_bytes: u64,
    n_rows: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing was read yet.
    Unknown,
    /// Within `[` and `]`.
    List,
    /// Behind the end of the list.
    Closed,
    Ended,
    Lines,
}

impl Rows {
    pub(super) fn new(file: Box<dyn Read>) -> Self {
        let reader = BufReader::new(file);
        Self { reader, form: Form::Unknown, n_bytes: 0, n_rows: 0 }
    }

    /// How many bytes have been taken in.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The next row as it stands in the file, with its number from 1; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        if self.form == Form::Unknown {
            self.begin()?;
        }
        let row = match self.form {
            Form::List => self.element()?,
            Form::Lines => self.line()?,
            Form::Closed => self.end()?,
            Form::Unknown | Form::Ended => None,
        };
        self.n_rows += u64::from(row.is_some());
        Ok(row.map(|row| (self.n_rows, row)))
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.reader.fill_buf()?.starts_with(UTF8_MARK) {
            self.take(UTF8_MARK.len());
        }
        self.form = match self.peek()? {
            Some(b'[') => Form::List,
            Some(_) => Form::Lines,
            None => Form::Ended,
        };
        if self.form == Form::List {
            self.take(1);
            // A list without rows.
            if self.peek()? == Some(b']') {
                self.take(1);
                self.form = Form::Closed;
            }
        }
        Ok(())
    }

    /// The next byte that is no white space, which is passed over.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.reader.fill_buf()?;
            let n_space = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = bytes.get(n_space).copied();
            let is_end = bytes.is_empty();
            self.take(n_space);
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    fn take(&mut self, n: usize) {
        self.reader.consume(n);
        self.n_bytes += n as u64;
    }

    /// Nothing follows a list.
    fn end(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.form = Form::Ended;
        match self.peek()? {
            None => Ok(None),
            Some(_) => Err(said(format!("something follows the list, at byte {}", self.n_bytes))),
        }
    }

    /// All up to the comma or the bracket that ends an element of the list.
    fn element(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (mut row, mut depth) = (Vec::new(), 0_u64);
        let (mut is_text, mut is_escaped) = (false, false);
        loop {
            let Some(&byte) = self.reader.fill_buf()?.first() else {
                return Err(said("the list does not end".to_owned()));
            };
            self.take(1);
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_text => is_escaped = true,
                b'"' => is_text = !is_text,
                _ if is_text => {}
                b',' if depth == 0 => return Ok(Some(row)),
                b']' if depth == 0 => {
                    self.form = Form::Closed;
                    return Ok(Some(row));
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            row.push(byte);
            self.check_length(&row)?;
        }
    }

    /// The next line that holds something.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut line = Vec::new();
            let max = BULK_BODY_BYTES_MAX as u64 + 1;
            let n_read = (&mut self.reader).take(max).read_until(b'\n', &mut line)?;
            if n_read == 0 {
                return Ok(None);
            }
            self.n_bytes += n_read as u64;
            self.check_length(&line)?;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn check_length(&self, row: &[u8]) -> io::Result<()> {
        match row.len() > BULK_BODY_BYTES_MAX {
            true => {
                let row = self.n_rows + 1;
                Err(said(format!("row {row} is longer than {BULK_BODY_BYTES_MAX} bytes")))
            }
            false => Ok(()),
        }
    }
}

fn said(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
