//! The source of an import: bytes in, rows of cells with their line numbers out.

use std::io::{self, Chain, Cursor, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::field::Field;
use super::header::Header;
use super::value::clean;
use crate::error::{Error, Result};

/// The header is found within this many bytes.
pub const HEADER_BYTES_MAX: u64 = 64 * 1024;
/// A row has at most this many bytes; one quote left open would otherwise take in the whole file.
pub const ROW_BYTES_MAX: u64 = 256 * 1024;
/// A row spans at most this many lines, for the same reason.
pub const ROW_LINES_MAX: u64 = 100;

/// What may stand between two cells; the first that fits the header best is taken.
const DELIMITERS: [u8; 3] = *b",;\t";
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// One row: the cells that hold something in columns that are known.
#[derive(Debug)]
pub(super) struct Row {
    /// The line it begins on.
    pub(super) line: u64,
    /// The cells, or why the row cannot be read.
    pub(super) cells: Result<Vec<(Field, String)>, String>,
}

impl Row {
    /// The cell of this field, unless it is empty.
    pub(super) fn cell(&self, field: Field) -> Option<&str> {
        let mut cells = self.cells.iter().flatten();
        cells.find(|(known, _)| *known == field).map(|(_, text)| text.as_str())
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Source<R> {
    reader: Reader<Lines<Chain<Cursor<Vec<u8>>, R>>>,
    header: Header,
    record: ByteRecord,
}

impl<R: Read> Source<R> {
    /// Reads the header, and finds out from it how the file is written.
    pub(super) fn open(mut bytes: R) -> Result<Self> {
        let head = read_head(&mut bytes)?;
        check_text(&head)?;
        // The reader skips the mark by itself.
        let delimiter = delimiter(first_line(head.strip_prefix(UTF8_MARK).unwrap_or(&head)).0);
        let reader = reader(delimiter, Lines::new(Cursor::new(head).chain(bytes)));
        let mut source = Self { reader, header: Header::default(), record: ByteRecord::new() };
        source.next_record()?;
        let names: std::result::Result<Vec<&str>, _> =
            source.record.iter().map(std::str::from_utf8).collect();
        let names = names.map_err(|_| Error::invalid("the header", NOT_UTF8))?;
        source.header = Header::read(names)?;
        Ok(source)
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// How many bytes have been taken in.
    pub(super) fn n_bytes(&self) -> u64 {
        self.reader.get_ref().n_bytes
    }

    /// The next row, or `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        if !self.next_record()? {
            return Ok(None);
        }
        // Every line ends in one line feed here, and empty lines before the row are skipped; a row
        // that goes on to the end of the file never came to its own.
        let n_inner = self.record.as_slice().iter().filter(|b| **b == b'\n').count() as u64;
        let n_lines = n_inner + u64::from(!self.reader.get_ref().ended);
        let line = self.reader.position().line().saturating_sub(n_lines);
        Ok(Some(Row { line, cells: self.cells(n_lines) }))
    }

    fn cells(&self, n_lines: u64) -> Result<Vec<(Field, String)>, String> {
        if self.reader.get_ref().ended {
            return Err("has a quote that is never closed".to_owned());
        }
        if n_lines > ROW_LINES_MAX {
            return Err(format!("spans {n_lines} lines; is a quote left open?"));
        }
        let (n_columns, n_cells) = (self.header.n_columns(), self.record.len());
        if self.record.iter().skip(n_columns).any(|cell| !cell.trim_ascii().is_empty()) {
            return Err(format!("has {n_cells} cells, the header has {n_columns}"));
        }
        let mut cells = Vec::with_capacity(n_columns);
        for (i, cell) in self.record.iter().enumerate() {
            let Some(field) = self.header.field(i) else { continue };
            let text = clean(std::str::from_utf8(cell).map_err(|_| NOT_UTF8)?);
            if !text.is_empty() {
                cells.push((field, text.to_owned()));
            }
        }
        Ok(cells)
    }

    /// Reads the next record; says whether there was one.
    fn next_record(&mut self) -> Result<bool> {
        self.reader.get_mut().allowance = ROW_BYTES_MAX;
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(more) => Ok(more),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error)
                    if error.get_ref().is_some_and(|e| e.is::<RowTooLong>()) =>
                {
                    Err(Error::invalid(format!("line {line}"), RowTooLong))
                }
                csv::ErrorKind::Io(error) => Err(Error::Io(error)),
                // Nothing else happens to a record of bytes that may have any number of cells.
                other => Err(Error::Io(io::Error::other(format!("{other:?}")))),
            },
        }
    }
}

const NOT_UTF8: &str = "is not UTF-8; save the file as CSV in UTF-8";

/// A row that goes on and on.
#[derive(Debug, thiserror::Error)]
#[error("is longer than {ROW_BYTES_MAX} bytes; is a quote left open?")]
struct RowTooLong;

/// The bytes up to the end of the header's first line, or more.
fn read_head(bytes: &mut impl Read) -> Result<Vec<u8>> {
    const BLOCK_BYTES: u64 = 4096;
    let mut head = Vec::new();
    loop {
        let n_read = bytes.take(BLOCK_BYTES).read_to_end(&mut head)?;
        if n_read == 0 || first_line(&head).1 {
            return Ok(head);
        }
        if head.len() as u64 > HEADER_BYTES_MAX {
            return Err(wrong(format!("has no line end within {HEADER_BYTES_MAX} bytes")));
        }
    }
}

/// The first line that is not empty, and whether it has an end.
fn first_line(head: &[u8]) -> (&[u8], bool) {
    let is_end = |b: &u8| matches!(b, b'\n' | b'\r');
    let from = head.iter().position(|b| !is_end(b)).unwrap_or(head.len());
    let line = &head[from..];
    match line.iter().position(is_end) {
        Some(end) => (&line[..end], true),
        None => (line, false),
    }
}

fn wrong(rule: impl std::fmt::Display) -> Error {
    Error::invalid("the file", rule)
}

/// Refuses what is no text in UTF-8 from its first bytes on.
fn check_text(head: &[u8]) -> Result<()> {
    match head {
        [] => Err(wrong("is empty")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(wrong("is UTF-16; save it as CSV in UTF-8")),
        [b'P', b'K', 3, 4, ..] => Err(wrong("is a workbook; save it as CSV in UTF-8")),
        _ if head.contains(&0) => Err(wrong("is no text; save it as CSV in UTF-8")),
        _ => Ok(()),
    }
}

/// The delimiter by which most words of the header are known, and the most cells told apart.
fn delimiter(first_line: &[u8]) -> u8 {
    let fit = |delimiter: u8| {
        let mut record = ByteRecord::new();
        // What does not parse fits nothing.
        let _ = reader(delimiter, first_line).read_byte_record(&mut record);
        let known = record.iter().filter(|name| {
            std::str::from_utf8(name).is_ok_and(|name| Field::named(name).is_some())
        });
        (known.count(), record.len())
    };
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| fit(*delimiter)).unwrap_or(b',')
}

fn reader<R: Read>(delimiter: u8, bytes: R) -> Reader<R> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(bytes)
}

/// Makes every line end in one line feed, the last one too, so that lines can be counted.
#[derive(Debug)]
struct Lines<R> {
    bytes: R,
    n_bytes: u64,
    /// How many more bytes the row under way may have.
    allowance: u64,
    last: u8,
    /// Whether the end of the file was met.
    ended: bool,
}

impl<R> Lines<R> {
    fn new(bytes: R) -> Self {
        Self { bytes, n_bytes: 0, allowance: ROW_BYTES_MAX, last: b'\n', ended: false }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.allowance == 0 {
            return Err(io::Error::other(RowTooLong));
        }
        loop {
            let n_read = self.bytes.read(buffer)?;
            if n_read == 0 {
                let last = std::mem::replace(&mut self.last, b'\n');
                let open = !matches!(last, b'\n' | b'\r');
                return Ok(match buffer {
                    [first, ..] if open => {
                        *first = b'\n';
                        1
                    }
                    _ => {
                        self.ended = true;
                        0
                    }
                });
            }
            self.n_bytes += n_read as u64;
            let n_kept = self.unify(&mut buffer[..n_read]);
            if n_kept > 0 {
                self.allowance = self.allowance.saturating_sub(n_kept as u64);
                return Ok(n_kept);
            }
        }
    }
}

impl<R> Lines<R> {
    /// Turns CR and CR LF into LF in place and returns how many bytes are left.
    fn unify(&mut self, bytes: &mut [u8]) -> usize {
        let mut n_kept = 0;
        for i in 0..bytes.len() {
            let byte = bytes[i];
            let second_half = byte == b'\n' && self.last == b'\r';
            self.last = byte;
            if !second_half {
                bytes[n_kept] = if byte == b'\r' { b'\n' } else { byte };
                n_kept += 1;
            }
        }
        n_kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows the first rows of a file, or why it has none.
    fn check(file: &[u8], expected: &[&str]) {
        let shown = match Source::open(file) {
            Err(error) => vec![error.to_string()],
            Ok(mut source) => {
                let rows = std::iter::from_fn(|| match source.next_row() {
                    Ok(row) => row.map(|row| show(&row)),
                    Err(error) => Some(error.to_string()),
                });
                rows.take(expected.len() + 1).collect()
            }
        };
        assert_eq!(shown, expected, "{:?}", String::from_utf8_lossy(&file[..file.len().min(60)]));
    }

    fn show(row: &Row) -> String {
        match &row.cells {
            Ok(cells) => {
                let texts: Vec<&str> = cells.iter().map(|(_, text)| text.as_str()).collect();
                format!("{}: {}", row.line, texts.join(" | "))
            }
            Err(reason) => format!("{}: {reason}", row.line),
        }
    }

    #[test]
    fn three_delimiters_and_three_line_ends() {
        check(b"Id,Name\n1,Ada\n", &["2: 1 | Ada"]);
        check(
            b"\xef\xbb\xbfId;Name\r\n1;\"Ada;\r\nL.\"\r\n\r\n\r\n2;Bob",
            &["2: 1 | Ada;\nL.", "6: 2 | Bob"],
        );
        check(b"\rId\tA,B;C,D\tName\r1\t\tAda\r2\t\tBob", &["3: 1 | Ada", "4: 2 | Bob"]);
        check(b"Id\r", &[]);
        check(b"Id", &[]);
    }

    #[test]
    fn rows_that_cannot_be_read() {
        check(
            b"Id,Name\n1\n2,Ada,,\n3,Ada,12,50\n4,Nov\xe1k\n5,\"Ada\n",
            &[
                "2: 1",
                "3: 2 | Ada",
                "4: has 4 cells, the header has 2",
                "5: is not UTF-8; save the file as CSV in UTF-8",
                "6: has a quote that is never closed",
            ],
        );
        let open = |n_rows| format!("Id,Name\n1,\"Ada\n{}", "2,Bob\n".repeat(n_rows));
        check(open(3).as_bytes(), &["2: has a quote that is never closed"]);
        check(
            format!("{}3,\"Eve\"\n", open(100)).as_bytes(),
            &["2: spans 102 lines; is a quote left open?"],
        );
        let file = open(50_000);
        let mut source = Source::open(file.as_bytes()).expect("a header");
        let error = source.next_row().expect_err("too long").to_string();
        assert_eq!(error, "line 2 is longer than 262144 bytes; is a quote left open?");
    }

    #[test]
    fn files_that_cannot_be_read() {
        check(b"", &["the file is empty"]);
        check(b"\xff\xfeI\0d\0", &["the file is UTF-16; save it as CSV in UTF-8"]);
        check(b"PK\x03\x04...", &["the file is a workbook; save it as CSV in UTF-8"]);
        check(b"\x7fELF\0\0", &["the file is no text; save it as CSV in UTF-8"]);
        check(&[b'x'; 70_000], &["the file has no line end within 65536 bytes"]);
        check(b"Id,\xe1\n", &["the header is not UTF-8; save the file as CSV in UTF-8"]);
    }
}
